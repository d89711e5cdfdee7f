import type { ReactNode } from 'react';
import type { approval } from '#contracts';
import { argumentRows, ROWS_MAX, type ArgumentRow, type ArgumentRows } from '../card/argument-rows.js';
import { compareRows, type ComparedRow } from '../card/differences.js';
import { timeOf } from '../card/times.js';
import { usualAmount, usualFigures, type Usual } from '../card/usual.js';
import { Section, type CardProps } from './facts.sections.js';
import { Ago, Code, Shown } from './shown.js';

/** Nothing of what is shown may be out of sight: no cell scrolls, so texts are cut early, and say so. */
const VALUE_CHARACTERS_MAX = 400;

/** The exact arguments, value by value, beside those of the call that was approved last. */
export function ArgumentsSection({ one, card: { lastApproved }, nowMs }: CardProps): ReactNode {
  const allAt = `/approvals/${one.approvalId}/arguments`;
  const all = rowsOf(one);
  if (all === undefined) return <Section name="arguments" title="With exactly these arguments" isList={false}><NotShown one={one} /></Section>;
  const before = lastApproved === null ? undefined : rowsOf(lastApproved);
  const rows = before === undefined ? all.rows.map((row): ComparedRow => ({ ...row, change: 'same', before: undefined })) : compareRows(all.rows, before.rows);
  return (
    <Section name="arguments" title="With exactly these arguments" isList={false}>
      {rows.length === 0 ? <p>None.</p> : (
        <div className="scrolled" tabIndex={0} role="region" aria-labelledby="arguments-title">
          <table>
            <thead><tr><th scope="col">Argument</th><th scope="col">Type</th><th scope="col">Value</th>{before !== undefined && <th scope="col">Approved last</th>}</tr></thead>
            <tbody>{rows.map((row, i) => <Row key={i} row={row} allAt={allAt} isCompared={before !== undefined} />)}</tbody>
          </table>
        </div>
      )}
      {all.left > 0 && <p className="bad">{all.left.toLocaleString('en')} more values are not in this table. Read all of them before you decide.</p>}
      <p className="help">
        <a href={allAt}>All arguments as text</a>. Characters that cannot be seen are spelled out <mark className="hidden-character">⟨U+202E⟩</mark>.
        {before !== undefined && lastApproved !== null && <> Compared with the call approved last, asked <Ago ms={timeOf(lastApproved.requestedAt) ?? 0} nowMs={nowMs} />{before.left > 0 || all.left > 0 ? `, as far as its first ${ROWS_MAX} values go` : ''}.</>}
        {lastApproved === null && ' No call like it has been approved before.'}
        {lastApproved !== null && before === undefined && ' The arguments of the call approved last cannot be shown any more.'}
      </p>
    </Section>
  );
}

function Row({ row, allAt, isCompared }: { readonly row: ComparedRow; readonly allAt: string; readonly isCompared: boolean }): ReactNode {
  const { path, type, change, before } = row;
  return (
    <tr className={change}>
      <th scope="row"><Code text={path === '' ? '(all of it)' : path} max={300} /></th>
      <td>{change === 'gone' ? '–' : type}</td>
      <td>{change === 'gone' ? <em>not there now</em> : <Value row={row} allAt={allAt} />}</td>
      {isCompared && <td>{change === 'new' ? <em>was not there</em> : change === 'same' ? <span className="same-as">the same</span> : before !== undefined && <Value row={before} allAt={undefined} />}</td>}
    </tr>
  );
}

function Value({ row: { type, value }, allAt }: { readonly row: ArgumentRow; readonly allAt: string | undefined }): ReactNode {
  if (type === 'text' && value === '') return <em>empty text</em>;
  return <span className={type === 'text' ? 'value text' : 'value exact'}><Shown text={value} max={VALUE_CHARACTERS_MAX} {...(allAt !== undefined && { allAt })} /></span>;
}

function NotShown({ one }: { readonly one: approval.Approval__Output }): ReactNode {
  if (one.argumentsShown === 'ERASED') return <p>They were erased with the grant, and nobody can read them any more.</p>;
  return <p>They are shown to approvers only.{one.argumentKeys.length > 0 && <> Their names: {one.argumentKeys.slice(0, 50).map((key, i) => <span key={i}>{i > 0 && ', '}<Code text={key} max={120} /></span>)}.</>}</p>;
}

/** How much it would do, beside what is usual. */
export function BlastRadiusSection({ one, card: { amounts, likeIt, lastApproved, calls, historyMissing } }: CardProps): ReactNode {
  const now = rowsOf(one);
  const earlier = [...likeIt, ...(lastApproved !== null && !likeIt.some(({ approvalId }) => approvalId === lastApproved.approvalId) ? [lastApproved] : [])].flatMap((past) => rowsOf(past) ?? []);
  const valueAt = (argument: string): string | undefined => now?.rows.find(({ path, type }) => type === 'number' && `args.${path}` === argument)?.value;
  const charged = amounts.flatMap(({ argument, ...had }) => {
    const value = valueAt(argument);
    return (value === undefined ? undefined : usualAmount(argument.slice('args.'.length), value, had)) ?? [];
  });
  const known = new Set(charged.map(({ what }) => what));
  const asked = now === undefined ? [] : usualFigures(now, earlier).filter(({ what }) => !known.has(what));
  return (
    <Section name="blast-radius" title="How much, beside what is usual" isList={false}>
      <ul className="plain">
        {charged.map((usual) => <Figure key={usual.what} usual={usual} of={`calls of the last 30 days that were let through (${usual.calls.toLocaleString('en')})`} />)}
        {asked.map((usual) => <Figure key={usual.what} usual={usual} of={usual.calls === 1 ? 'the one call like it that was asked about' : `${usual.calls} calls like it that were asked about`} />)}
      </ul>
      {charged.length + asked.length === 0 && <p>{historyMissing !== '' ? 'The history cannot be read just now, so nothing can be said of what is usual.' : 'There is nothing to compare its figures with yet.'}</p>}
      {historyMissing === '' && <p>This grant’s calls of this tool in the 30 days before: {calls.length === 0 ? 'none' : calls.map(({ verdict, calls: count }) => `${count.toLocaleString('en')} ${VERDICTS[verdict] ?? verdict}`).join(', ')}.</p>}
    </Section>
  );
}

const VERDICTS: Readonly<Record<string, string>> = { ALLOW: 'let through', DENY: 'refused', RATE_LIMITED: 'over a limit', APPROVAL_REQUIRED: 'asked about' };

function Figure({ usual: { what, now, smallest, largest, median, place, times }, of }: { readonly usual: Usual; readonly of: string }): ReactNode {
  const range = smallest === largest ? largest : `${smallest} to ${largest}${median === '' ? '' : `, half of them at most ${median}`}`;
  return (
    <li className={place === 'above' ? 'bad' : undefined}>
      <Shown text={what} max={200} />: <strong>{now}</strong> – {place === 'above' ? `more than ever${times > 0 ? `: ${times >= 1_000 ? 'over 1,000' : times} times the largest` : ''}` : place === 'below' ? 'less than ever' : 'as usual'}. In {of}: {range}.
    </li>
  );
}

/** The last five calls like it that a person was asked about. */
export function HistorySection({ card: { likeIt, historyMissing }, nowMs }: CardProps): ReactNode {
  return (
    <Section name="history" title="The last five like it" isList={false}>
      {historyMissing !== '' && <p role="note">The history cannot be shown: <Shown text={historyMissing} max={400} />.</p>}
      {historyMissing === '' && likeIt.length === 0 && <p>This is the first call of this tool with this grant that a person is asked about.</p>}
      {likeIt.length > 0 && <ol className="plain history">{likeIt.map((past) => <Past key={past.approvalId} past={past} nowMs={nowMs} />)}</ol>}
    </Section>
  );
}

const ENDED: Readonly<Record<string, string>> = {
  PENDING: 'waiting', APPROVED: 'approved, not used yet', DENIED: 'denied', WITHDRAWN: 'withdrawn', REDEEMED: 'approved and used', EXPIRED: 'ended undecided or unused', STATE_ERASED: 'erased with its grant',
};
const FEW_VALUES = 4;

function Past({ past, nowMs }: { readonly past: approval.Approval__Output; readonly nowMs: number }): ReactNode {
  const { state, approvers, deniedBy, withdrawnBy, requestedAt } = past;
  const all = rowsOf(past);
  const votes = [...approvers, ...(deniedBy === null ? [] : [deniedBy]), ...(withdrawnBy === null ? [] : [withdrawnBy])];
  return (
    <li>
      <span className={`state state-${String(state).toLowerCase()}`}>{ENDED[String(state)] ?? String(state)}</span> <Ago ms={timeOf(requestedAt) ?? 0} nowMs={nowMs} />
      {votes.map(({ subject, comment }, i) => <span key={i}>{i === 0 ? ' by ' : ', '}<Shown text={subject} max={120} />{comment !== '' && <> (“<Shown text={comment} max={256} />”)</>}</span>)}
      {all !== undefined && all.rows.length > 0 && <span className="past-values">{all.rows.slice(0, FEW_VALUES).map(({ path, value }, i) => <span key={i}><Code text={path} max={60} /> <Shown text={value} max={80} /></span>)}{all.rows.length + all.left > FEW_VALUES && <span>…</span>}</span>}
    </li>
  );
}

/** undefined where the values are not shown to this person, or not any more. */
function rowsOf({ arguments: bytes, argumentsShown }: approval.Approval__Output): ArgumentRows | undefined {
  return argumentsShown === 'SHOWN' ? argumentRows(bytes) : undefined;
}
