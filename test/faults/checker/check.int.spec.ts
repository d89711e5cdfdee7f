import { rmSync } from 'node:fs';
import { check } from './check.js';
import type { Report } from './check.js';
import type { HistoryLine } from './evidence.js';
import { callOf, HONEST, NEW, T0, writeEvidence } from './honest-evidence.fixture.js';
import type { Parts, Step } from './honest-evidence.fixture.js';
import { PROPERTY_NAMES } from './findings.js';
import type { Property } from './findings.js';
import { readPolicy } from './policy.js';
import { reportText } from './report.js';

async function judged(change: { readonly steps?: readonly Step[]; readonly parts?: (parts: Parts) => void } = {}): Promise<Report> {
  const folder = writeEvidence(change);
  try {
    return await check(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type CallStep = Extract<Step, { kind: 'call' }>;
/** The honest steps with one call changed. */
const withCall = (id: string, change: Partial<CallStep>): Step[] => HONEST.map((step) => (step.kind === 'call' && step.id === id ? { ...step, ...change } : step));
/** With more steps after a call. */
const after = (id: string, ...more: readonly Step[]): Step[] => HONEST.flatMap((step) => (step.kind === 'call' && step.id === id ? [step, ...more] : [step]));
type ShareStep = Extract<Step, { kind: 'take' }>;
/** With a call that takes more before it is answered otherwise. */
const withShare = (id: string, more: readonly ShareStep[], change: Partial<CallStep>): Step[] => withCall(id, change).flatMap((step) => (step.kind === 'call' && step.id === id ? [...more, step] : [step]));
/** A call of `share` that passes at last, by what was taken long before. */
const allowed = (id: string, used: string, at: number): Step[] => [{ kind: 'call', at: 17_200, id, tool: 'share', verdict: 'ALLOW', version: NEW, scoped: [{ scope: 'server', outcome: 'held', used, at }] }];
const answerTo = (parts: Parts, id: string): Extract<HistoryLine, { kind: 'answered' }> => parts.history.find((line) => line.kind === 'answered' && line.call_id === callOf(id)) as Extract<HistoryLine, { kind: 'answered' }>;
const replaceAnswer = (parts: Parts, id: string, change: object): void => { parts.history[parts.history.indexOf(answerTo(parts, id))] = { ...answerTo(parts, id), ...change }; };
const text = (record: Parts['log'][number]): string => Buffer.from(record.value ?? '', 'base64').toString();
const recordOf = (parts: Parts, id: string): number => parts.log.findIndex((record) => text(record).includes(callOf(id)));
const rewrite = (parts: Parts, at: number, change: (value: string) => string): void => { parts.log[at] = { ...parts.log[at]!, value: Buffer.from(change(text(parts.log[at]!))).toString('base64') }; };
const undecided = (id: string, at: number): HistoryLine => ({ kind: 'undecided', at_ms: T0 + at, grant: '0192f3a0b1c27def8000000000000001', call_id: callOf(id), outcome: 'not_decided', reason: 'NO_OWNER' });
const dropAnswer = (parts: Parts, id: string): void => { parts.history.splice(parts.history.indexOf(answerTo(parts, id)), 1); };

describe('the checker of fault campaigns', () => {
  test('finds nothing wrong with a service that kept its promises, and has looked at all of it', async () => {
    const report = await judged();
    expect(report.findings.kept).toEqual([]);
    expect(report).toMatchObject({ calls: 21, answers: 19, recorded: 19, verdicts: { ALLOW: 10, DENY: 2, RATE_LIMITED: 7 }, shares: 6, givenBack: 3, endedIds: 1, claims: 3, voids: 2, edits: 1, signedHeads: 1, resumes: HONEST.length, rows: 22 });
  });

  test('says of each kind of fault what happened during it', async () => {
    const { faults } = await judged();
    expect(faults).toEqual([
      { fault: '(none)', times: 2, calls: 19, answered: 18, unknown: 0, notDecided: 1, lost: 0, doubled: 0, overLimit: 0, longestGapMs: 6_999 },
      { fault: 'decider killed', times: 1, calls: 2, answered: 1, unknown: 1, notDecided: 1, lost: 0, doubled: 0, overLimit: 0, longestGapMs: 1_505 },
    ]);
  });

  const PLANTED: readonly (readonly [string, Property, { readonly steps?: readonly Step[]; readonly parts?: (parts: Parts) => void }])[] = [
    ['a record that was dropped from the middle', 'log-is-whole', { parts: ({ log }) => { log.splice(5, 1); } }],
    ['a tail that was cut off', 'log-is-whole', { parts: ({ log }) => { log.pop(); } }],
    ['a verdict that was changed in the log', 'answered-is-logged', { parts: (parts) => { rewrite(parts, recordOf(parts, '3'), (value) => value.replace('"RATE_LIMITED"', '"DENY"')); } }],
    ['what follows a changed record, which nothing leads to any more', 'one-writer', { parts: (parts) => { rewrite(parts, recordOf(parts, '1'), (value) => value.replace('"ALLOW"', '"DENY"')); } }],
    ['an answered verdict that is not in the log', 'answered-is-logged', { parts: (parts) => { replaceAnswer(parts, '1', { call_id: callOf('98') }); parts.history.push({ ...(parts.history.find(({ kind }) => kind === 'asked') as object), call_id: callOf('98') } as HistoryLine); } }],
    ['a receipt with another hash', 'answered-is-logged', { parts: (parts) => { replaceAnswer(parts, '4', { receipt: { ...answerTo(parts, '4').receipt, hash: '0'.repeat(64) } }); } }],
    ['a receipt with another offset', 'answered-is-logged', { parts: (parts) => { replaceAnswer(parts, '4', { receipt: { ...answerTo(parts, '4').receipt, offset: 1 } }); } }],
    ['another verdict in the answer than in the record', 'answered-is-identical', { parts: (parts) => { replaceAnswer(parts, '3', { verdict: 'ALLOW', rule: '' }); } }],
    ['another answer when the same id was asked again', 'answered-is-identical', { parts: (parts) => { parts.history.push({ ...answerTo(parts, '6'), at_ms: T0 + 8_000, verdict: 'RATE_LIMITED', replayed: true }); } }],
    ['a call that was decided twice', 'one-verdict', { steps: after('13', { kind: 'call', at: 16_200, id: '13', tool: 'other', verdict: 'DENY', rule: '(default deny)', version: NEW }) }],
    ['a call that was reported as not decided, and is in the log', 'not-decided-stays', { parts: (parts) => { dropAnswer(parts, '12'); parts.history.push(undecided('12', 15_900)); } }],
    ['one that was reported as not decided and asked again, but was in the log before', 'not-decided-stays', { parts: (parts) => { parts.history.push(undecided('11', 14_800), { ...(parts.history.find((line) => line.kind === 'asked' && line.call_id === callOf('11')) as object), at_ms: T0 + 18_000 } as HistoryLine); replaceAnswer(parts, '11', { at_ms: T0 + 18_100 }); } }],
    ['one call more than a fixed window allows', 'within-limits', { steps: withCall('3', { verdict: 'ALLOW', rule: '' }) }],
    ['a call one millisecond before a sliding window has room', 'within-limits', { steps: withCall('7', { verdict: 'ALLOW', rule: '' }) }],
    ['a tenth more than a limit on amounts allows', 'within-limits', { steps: withCall('10', { verdict: 'ALLOW', rule: '' }) }],
    ['quota that was given back although the window had ended', 'settled-is-logged', { steps: after('8', { kind: 'settle', at: 14_100, of: '1', outcome: 'NOT_SENT' }) }],
    ['quota that was given back twice', 'settled-is-logged', { steps: after('6', { kind: 'settle', at: 7_100, of: '2', outcome: 'NOT_SENT' }) }],
    ['a settlement that was answered and is not in the log', 'settled-is-logged', { parts: ({ history }) => { history.push({ ...(history.find(({ kind }) => kind === 'settled') as object), call_id: callOf('1') } as HistoryLine); } }],
    ['one call more than the grants of a server may share', 'within-limits', {
      steps: withShare('23', [{ kind: 'take', at: 16_266, id: '23', tool: 'share', scope: 'server', used: '3' }], { verdict: 'ALLOW', rule: '', scoped: [{ scope: 'server', outcome: 'held', used: '3', at: 16_266 }] }),
    }],
    ['one call more than an organisation may share, inside a sliding window', 'within-limits', {
      steps: withShare('24', [{ kind: 'take', at: 16_305, id: '24', tool: 'both', scope: 'organisation', used: '1' }], { verdict: 'ALLOW', rule: '', scoped: [{ scope: 'server', outcome: 'held', used: '2', at: 16_300 }, { scope: 'organisation', outcome: 'held', used: '1', at: 16_305 }] }),
    }],
    ['a call above the limit of a server that was told of fewer calls than there were', 'verdict-follows', {
      steps: withShare('23', [{ kind: 'take', at: 16_266, id: '23', tool: 'share', scope: 'server', used: '2' }], { verdict: 'ALLOW', rule: '', scoped: [{ scope: 'server', outcome: 'held', used: '2', at: 16_266 }] }),
    }],
    ['a call that was allowed after its share was given back', 'shares-hold', {
      steps: [...HONEST.filter(({ kind }) => kind !== 'end').map((step) => (step.kind === 'give' && step.of === '25' ? { ...step, cause: 'refused' } : step)), ...allowed('25', '2', 16_330)],
    }],
    ['a share that is given back while its call is allowed', 'shares-hold', { steps: after('22', { kind: 'give', at: 16_262, of: '22', scope: 'organisation', cause: 'refused' }) }],
    ['a call that was allowed without taking its share', 'shares-hold', { steps: HONEST.filter((step) => step.kind !== 'take' || step.id !== '20') }],
    ['a call that was allowed and was never asked for its share', 'shares-hold', { steps: withCall('22', { scoped: [{ scope: 'server', outcome: 'held', used: '2', at: 16_240 }] }) }],
    ['a share that was taken twice', 'shares-hold', { steps: after('20', { kind: 'take', at: 16_215, id: '20', tool: 'share', scope: 'server', used: '1' }) }],
    ['a share that was given back twice', 'shares-hold', { steps: [...HONEST, { kind: 'give', at: 17_100, of: '25', scope: 'server', cause: 'aborted' }] }],
    ['a share that was given back although nothing became of its call', 'shares-hold', { steps: HONEST.filter(({ kind }) => kind !== 'end') }],
    ['an id that was ended, and decided all the same', 'shares-hold', { steps: [...HONEST, ...allowed('25', '2', 16_330)] }],
    ['a share that was not given back of a call that was not sent', 'settled-is-logged', { parts: (parts) => { rewrite(parts, parts.log.findIndex((record) => text(record).includes('"elsewhere"')), (value) => value.replace('"elsewhere"', '"nowhere"')); } }],
    ['a refusal by a limit of the server that had room', 'verdict-follows', { steps: HONEST.filter((step) => !('id' in step) || step.id !== '22') }],
    ['a refusal by what was only looked at', 'verdict-follows', { steps: withCall('23', { scoped: [{ scope: 'server', outcome: 'read', used: '3', at: 16_265 }] }) }],
    ['a refusal although there was room', 'verdict-follows', { steps: withCall('8', { verdict: 'RATE_LIMITED', rule: '/tools/slide/limits/0' }) }],
    ['a verdict under a version that was not in force', 'verdict-follows', { steps: withCall('11', { version: NEW }) }],
    ['a verdict for a grant that was revoked', 'verdict-follows', { steps: [...HONEST, { kind: 'revoke', at: 18_000 }, { kind: 'call', at: 19_000, id: '14', tool: 'other', verdict: 'DENY', rule: '(default deny)', version: NEW }] }],
    ['a call that was asked after its grant\'s revocation was acknowledged', 'edit-in-force', { parts: ({ history }) => { history.push({ kind: 'edited', at_ms: T0 + 15_100, registry_offset: 4, revoked_grant: '0192f3a0b1c27def8000000000000001' }); } }],
    ['a call under the former policy after the edit was acknowledged', 'edit-in-force', { parts: ({ history }) => { history.push({ kind: 'edited', at_ms: T0 + 100, registry_offset: 3, policy_id: 'p', version: NEW }); } }],
    ['event time that runs backwards', 'event-time', { steps: withCall('9', { at: 13_000, loggedAt: 14_500 }) }],
    ['event time that is far from the log\'s', 'event-time', { steps: withCall('13', { loggedAt: 60_000 }) }],
    ['the nonce of another epoch', 'one-writer', { steps: HONEST.map((step) => (step.kind === 'claim' && step.epoch === 2 ? { ...step, nonce: 'a'.repeat(32) } : step)) }],
    ['a snapshot that names another head', 'readers-agree', { parts: ({ resumes }) => { resumes[6] = { ...resumes[6]!, head: 'e'.repeat(64) }; } }],
    ['a snapshot that is one event ahead of what it says', 'readers-agree', { parts: ({ resumes }) => { resumes[3] = { ...resumes[3]!, sequence: resumes[3]!.sequence + 1 }; } }],
    ['a checkpoint beyond the log\'s end', 'readers-agree', { parts: ({ resumes }) => { resumes.push({ ...resumes.at(-1)!, offset: 1_000 }); } }],
    ['a row that was written twice', 'projections-agree', { parts: ({ decisions }) => { decisions.push(decisions[2]!); } }],
    ['a row that is missing', 'projections-agree', { parts: ({ decisions }) => { decisions.splice(4, 1); } }],
    ['a window that counted a batch twice', 'projections-agree', { parts: ({ windows }) => { windows[0] = { ...windows[0]!, used: '4' }; } }],
  ];

  test.each(PLANTED)('catches %s', async (_, property, change) => {
    const report = await judged(change);
    expect([...report.findings.counts.keys()]).toContain(property);
    expect(reportText(report)).toContain(`BROKEN  ${property}: `);
  });

  test('each property can be broken: none of them holds by itself', () => {
    expect([...new Set(PLANTED.map(([, property]) => property))].sort()).toEqual([...PROPERTY_NAMES].sort());
  });

  test('the calls that are lost, doubled and over limit are counted where they were asked', async () => {
    // What was let through there is still inside the window when the next one comes, after the fault.
    const { faults } = await judged({ steps: withCall('5', { verdict: 'ALLOW', rule: '' }) });
    expect(faults.map(({ fault, overLimit }) => [fault, overLimit])).toEqual([['(none)', 1], ['decider killed', 1]]);
  });

  test('what it does not know of policies it refuses to judge', () => {
    expect(() => readPolicy('{"default":"deny","tools":{"pay*":{}}}')).toThrow(/pay\*.*more than the checker knows/);
    expect(() => readPolicy('{"default":"deny","tools":{"pay":{"approve_if":[{}]}}}')).toThrow(/approve_if/);
    expect(() => readPolicy('{"default":"deny","tools":{"pay":{"limits":[{"counter":"c","window":"day","max":1,"scope":"team"}]}}}')).toThrow(/scope/);
  });
});
