import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { WhatIfReport } from '#replay';
import { CliError } from '../cli-error.js';
import { wholeNumber, type Bind, type Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { readInput } from '../input-file.js';
import { ProgressBar } from '../progress-bar.js';
import { refuseUnknownGrants, runOptions, withSource, type ReplayWork, type RunOptions } from '../replay-source.js';
import { plain, table } from '../terminal.js';
import { grantOf } from './query-options.js';

interface WhatIfOptions extends RunOptions { readonly policy: string; readonly name?: string; readonly examples: number; readonly rows: number }

const CANNOT_KNOW = `What this cannot know: agents would have behaved differently. A call that the draft refuses might have been followed by other
calls, and one that it allows by fewer; calls that were never made are in no log, nor are those that were refused with an error.
Nobody was asked for approvals that only the draft wants: they count as unanswered.`;

/** `docket replay what-if`. */
export function whatIfCommands(program: Command, bind: Bind): void {
  const replay = program.command('replay').description('try other rules on what was recorded');
  const command = runOptions(replay.command('what-if').description('run a draft policy over recorded calls, with counters of its own, and show what would have changed'))
    .requiredOption('--policy <file>', 'the draft: JSON, or PolicyLayer Intercept YAML; - reads the standard input')
    .option('--name <policy>', 'only calls that this policy governed')
    .option('--grant <grant...>', 'only calls of these grants (ids or tokens)')
    .option('--examples <n>', 'show so many calls of each change', wholeNumber(0, 1_000), 3)
    .option('--rows <n>', 'show so many tools and grants (--json has all)', wholeNumber(0, 10_000), 20)
    .addHelpText('after', `
The draft is in force from the log's first record on, in enforce mode; what falls into the time range is counted. It is compared
with what the policy in force ruled then, also where that only observed. What became of each call is taken from the record.

${CANNOT_KNOW}

Examples:
  docket replay what-if --policy draft.json --name charges --from 7d
  docket replay what-if --policy draft.json --from 2026-11-01 --to 2026-12-01 --json`);
  bind<WhatIfOptions>(command, async (context, options) => {
    const draft = await readDraft(context, options.policy);
    if (draft === undefined) return EXIT.error;
    return withSource(context, options, (opened) => whatIf(context, options, draft, opened));
  });
}

async function readDraft(context: Context, file: string): Promise<string | undefined> {
  const { canonicalPolicyText, parsePolicy } = await import('#policy');
  const parsed = parsePolicy((await readInput(file, context.terminal)).toString('utf8'));
  if (parsed.ok) return canonicalPolicyText(parsed.policy);
  const problems = parsed.problems.map(({ pointer, message }) => ({ pointer, message }));
  context.print({ ok: false, problems }, () => problems.map(({ pointer, message }) => plain(`${pointer || '(document)'}: ${message}`)).join('\n'));
  context.note(`docket: ${file}: ${problems.length} problem${problems.length === 1 ? '' : 's'}; nothing was tried`);
  return undefined;
}

async function whatIf(context: Context, options: WhatIfOptions, draft: string, { spec, keys, facts, range, partitions, records }: ReplayWork): Promise<number> {
  const { mergeWhatIf, runPartitions } = await import('#replay');
  const { name, grant, examples, threads } = options;
  const draftVersion = createHash('sha256').update(draft).digest('hex');
  const scope = { ...(name !== undefined && { policyId: name }), ...(grant !== undefined && { grants: grant.map(grantOf) }) };
  const bar = new ProgressBar(context, 'what-if', records);
  const reports = await runPartitions<WhatIfReport>(
    { source: spec, keys, settings: facts.settings, documents: new Map([[draftVersion, draft]]), range, task: { kind: 'what-if', draftVersion, scope, examplesMax: examples } },
    partitions, { signal: context.terminal.signal, onProgress: (count) => bar.add(count), ...(threads !== undefined && { threads }) });
  const { seconds } = bar.end();
  const report = mergeWhatIf(reports, examples);
  const withCalls = new Set(report.rows.map(({ grant_id }) => grant_id));
  // Very many are counted together, without their names.
  refuseUnknownGrants(facts, (id) => withCalls.has(id) || withCalls.has(''));
  if (report.calls === 0 && name !== undefined) throw new CliError(`no call of that time was governed by a policy ${JSON.stringify(name)}${grant === undefined ? '' : ' for those grants'}`, { code: 'NOT_FOUND', exitCode: EXIT.error });
  context.print(reportJson(report, draftVersion, seconds), () => reportText(report, options, seconds));
  context.note(CANNOT_KNOW);
  return report.chainBreaks.length === 0 ? EXIT.ok : EXIT.error;
}

function reportJson(report: WhatIfReport, draftVersion: string, seconds: number): object {
  const { rows, examples, unknown, ...counts } = report;
  return {
    draftVersion, ...counts, unknown,
    rows: rows.map(({ grant_id, ...row }) => ({ ...row, grantId: grant_id })),
    examples: examples.map(({ grant_id, call_id, timeMs, ...one }) => ({ ...one, time: new Date(timeMs).toISOString(), grantId: grant_id, callId: call_id })),
    seconds,
  };
}

const number = (value: number): string => value.toLocaleString('en');

function reportText(report: WhatIfReport, { rows: rowsMax }: WhatIfOptions, seconds: number): string {
  const { calls, judged, changed, otherRule, transitions, rules, rows, examples, chainBreaks } = report;
  const rowsShown = rows.filter((row) => row.changed > 0).slice(0, rowsMax);
  const rowsLeft = rows.filter((row) => row.changed > 0).length - rowsShown.length;
  return [
    `${number(calls)} calls, ${number(judged)} judged: ${number(changed)} would have had another verdict${otherRule === 0 ? '' : `, ${number(otherRule)} the same by another rule`} (${seconds.toFixed(1)} s)`,
    ...asides(report),
    ...(judged === 0 ? [] : [table(['THEN', 'DRAFT', 'CALLS'], byCount(transitions).map(([transition, count]) => [...transition.split(' > '), number(count)]))]),
    ...(changed === 0 ? [] : ['what of the draft changes them:', table(['VERDICT', 'RULE', 'CALLS'], byCount(rules).map(([rule, count]) => [rule.split(' ', 1)[0]!, rule.slice(rule.split(' ', 1)[0]!.length + 1), number(count)]))]),
    ...(rowsShown.length === 0 ? [] : ['by tool and grant:', table(['TOOL', 'GRANT', 'CALLS', 'CHANGED', 'HOW'], rowsShown.map(({ tool, grant_id, calls: all, changed: some, transitions: how }) => [
      tool, grant_id, number(all), number(some), byCount(how).filter(([transition]) => !isSame(transition)).map(([transition, count]) => `${transition} ${number(count)}`).join(', '),
    ]))]),
    ...chainBreaks.map(({ partition, offset, reason }) => plain(`the chain of docket.decisions/${partition} is broken at offset ${offset}: ${reason}; calls behind it were not tried (docket log verify says more)`)),
    ...(rowsLeft > 0 ? [`… and ${number(rowsLeft)} more (--rows)`] : []),
    ...(examples.length === 0 ? [] : ['examples:', ...examples.map(({ partition, offset, timeMs, transition, tool, grant_id, call_id, recordedRule, draftRule, draftMessage }) => plain(
      `  ${new Date(timeMs).toISOString()}  ${transition}  ${tool}  grant=${grant_id}  call=${call_id}  docket.decisions/${partition}@${offset}${recordedRule === '' ? '' : `  then: ${recordedRule}`}${draftRule === '' ? '' : `  draft: ${draftRule}`}${draftMessage === '' ? '' : `: ${draftMessage}`}`))]),
  ].join('\n');
}

function isSame(transition: string): boolean {
  const [from, to] = transition.split(' > ');
  return from === to;
}

function byCount(counts: Readonly<Partial<Record<string, number>>>): [string, number][] {
  return Object.entries(counts).map(([name, count]): [string, number] => [name, count ?? 0]).sort(([, a], [, b]) => b - a);
}

function asides({ notNeeded, unknown, altered, refused, unanswered }: WhatIfReport): string[] {
  const { values_erased, values_key_missing, values_sealed } = unknown;
  return [
    ...(notNeeded === 0 ? [] : [`${number(notNeeded)} repeats of calls that waited for a person, which the draft allows at once: not needed, not counted`]),
    ...(unanswered === 0 ? [] : [`${number(unanswered)} approvals that only the draft asks for: nobody was there to answer`]),
    ...(values_erased === 0 ? [] : [`${number(values_erased)} unknown: the draft looks at values that were erased`]),
    ...(values_key_missing + values_sealed === 0 ? [] : [`${number(values_key_missing + values_sealed)} unknown: the draft looks at values, and there are no keys for them here`]),
    ...(altered === 0 ? [] : [`${number(altered)} unknown: their values are not those that were sealed (docket log replay says which)`]),
    ...Object.entries(refused).map(([reason, count]) => `${number(count ?? 0)} would have been refused with an error: ${reason}`),
  ];
}
