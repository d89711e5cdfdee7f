import fc from 'fast-check';
import type { CallDecided, DecisionEvent } from '#decision';
import { History, START_MS, GRANTS, action, history } from '../test/random-history.js';
import { testGrantKey } from '../test/seal.js';
import { SETTINGS } from '../test/written-log.js';
import { PolicyTexts } from './policy-texts.js';
import type { ValueKeys } from './grant-values.js';
import { readRegistry } from './registry-facts.js';
import { replayPartition, type ReplayJob } from './replay-partition.js';
import { logAsReplayLog } from './replay-log.js';
import { isFaultless, type ReplayReport } from './replay-report.js';

const TIMEOUT_MS = 300_000;
const signal = new AbortController().signal;
const ALL = { fromMs: 0, toMs: Infinity };
/** As from a database: a grant's key comes later the first time. */
function slowKeys(): ValueKeys {
  const seen = new Map<string, ReturnType<typeof testGrantKey>>();
  return {
    keyOf: (grantId) => seen.get(grantId) ?? Promise.resolve().then(() => {
      const key = testGrantKey(grantId);
      seen.set(grantId, key);
      return key;
    }),
  };
}

async function replay(written: History, more: Partial<ReplayJob> = {}): Promise<ReplayReport> {
  const log = logAsReplayLog(written.log());
  const { documents, settings } = await readRegistry(log, signal);
  expect(settings).toEqual(SETTINGS);
  return replayPartition({ log, tp: written.partition.writer.tp, settings, policies: new PolicyTexts(documents), keys: slowKeys(), range: ALL, signal, differencesMax: 10, ...more });
}

const total = ({ tallies }: ReplayReport, key: 'compared' | 'agreed' | 'underivable') => Object.values(tallies).reduce((sum, one) => sum + one[key], 0);

test('every verdict, settlement and vote of any history is derived again as it was recorded, across claims, voids and edits', async () => {
  // Agreement means something only if everything happened.
  const missing = new Set(['ALLOW', 'DENY', 'RATE_LIMITED', 'APPROVAL_REQUIRED', 'opened', 'pending', 'redeemed', 'denied', 'NOT_SENT', 'FAILED', 'approve', 'withdraw', 'observe', '(invalid arguments)', '(hidden)', '(no policy)', '(invalid amount)']);
  // Some are rare: more histories, until each has come up.
  for (let round = 0; round === 0 || (missing.size > 0 && round < 20); round += 1) {
    await fc.assert(fc.asyncProperty(history, async (actions) => {
      const written = new History(actions);
      const report = await replay(written);
      expect(report).toMatchObject({ differences: [], chainBreaks: [], records: written.records.length });
      expect(isFaultless(report)).toBe(true);
      expect(total(report, 'agreed')).toBe(total(report, 'compared'));
      expect(total(report, 'underivable')).toBe(0);
      for (const one of written.records) for (const [, word] of one.value.toString().matchAll(/"(?:verdict|action|outcome|decision|mode|rule)":"([^"]+)"/g)) missing.delete(word!);
    }), { numRuns: 120 });
  }
  expect([...missing]).toEqual([]);
}, TIMEOUT_MS);

test('without keys nothing differs: what needs values is said to be sealed, and everything else is compared', async () => {
  await fc.assert(fc.asyncProperty(history, async (actions) => {
    const report = await replay(new History(actions), { keys: { keyOf: () => 'no_keys' } });
    expect(report.differences).toEqual([]);
    expect(report.gaps.values_sealed).toBe(total(report, 'underivable'));
  }), { numRuns: 60 });
}, TIMEOUT_MS);

test('a grant whose key was erased: the verdicts that needed its values are not derivable, all others are', async () => {
  const written = new History([]);
  for (const grant of GRANTS) {
    written.partition.call({ grant, tool: 'pay', args: '{"amount":60}' });
    written.partition.call({ grant, tool: 'plain', args: '{"amount":60}' });
  }
  const report = await replay(written, { keys: { keyOf: (grantId) => (grantId === GRANTS[1] ? 'erased' : testGrantKey(grantId)) } });
  expect(report.tallies.CallDecided).toEqual({ compared: 5, agreed: 5, differing: 0, underivable: 1 });
  expect(report.gaps).toEqual({ values_erased: 1, values_key_missing: 0, values_sealed: 0 });
});

describe('an event that was changed, with the chain computed anew', () => {
  const cases: [string, (event: CallDecided) => CallDecided, object][] = [
    ['another verdict', (event) => ({ ...event, verdict: 'DENY', rule: '(default deny)', charges: [] }), { cause: 'verdict', fields: ['verdict', 'rule', 'charges'] }],
    ['another rule', (event) => ({ ...event, rule: '/tools/pay' }), { cause: 'rule', fields: ['rule'] }],
    ['a charge left out', (event) => ({ ...event, charges: event.charges.slice(1) }), { cause: 'charges', fields: ['charges'] }],
    ['a charge made larger', (event) => ({ ...event, charges: event.charges.map((one) => ({ ...one, amount: '61' })) }), { cause: 'charges', fields: ['charges'] }],
    ['a limit told otherwise', (event) => ({ ...event, limits: event.limits.map((one) => ({ ...one, remaining: '1' })) }), { cause: 'limits', fields: ['limits'] }],
    ['another message', (event) => ({ ...event, message: 'No.' }), { cause: 'message', fields: ['message'] }],
    ['another policy version', (event) => ({ ...event, policy_version: 'f'.repeat(64) }), { cause: 'policy', fields: ['policy_version'] }],
    ['another mode', (event) => ({ ...event, mode: 'observe', would_be: 'ALLOW' }), { cause: 'policy', fields: ['mode', 'would_be'] }],
    ['another server', (event) => ({ ...event, server_id: 'other' }), { cause: 'grant', fields: ['server_id'] }],
    ['values of another call', (event) => ({ ...event, arguments: { ...event.arguments, sealed: testGrantKey(event.grant_id).seal(Buffer.from('{"amount":1}'), 'elsewhere') } }), { cause: 'values_altered' }],
    ['another digest', (event) => ({ ...event, arguments: { ...event.arguments, hmac: '0'.repeat(64) } }), { cause: 'values_altered' }],
    ['another call id, used before', (event) => ({ ...event, call_id: first }), { cause: 'refused', derived: 'CALL_ID_REUSED' }],
    ['a grant that nobody issued', (event) => ({ ...event, grant_id: 'e'.repeat(32) }), { cause: 'refused', derived: 'GRANT_INVALID' }],
  ];
  let first: string;

  test.each(cases)('%s', async (_, change, expected) => {
    const written = new History([]);
    const { partition } = written;
    first = partition.call({ grant: GRANTS[0], tool: 'plain' }).event.call_id;
    const honest = (): CallDecided => {
      const id = partition.callId();
      const decided = new History([]).partition;
      decided.nowMs = partition.nowMs;
      decided.call({ grant: GRANTS[0], tool: 'plain', callId: first });
      return decided.call({ grant: GRANTS[0], tool: 'pay', args: '{"amount":60}', callId: id }).event;
    };
    partition.append(change(honest()));
    partition.call({ grant: GRANTS[1], tool: 'plain' });
    const report = await replay(written);
    expect(report.differences).toEqual([expect.objectContaining({ partition: 0, offset: written.records.length - 2, type: 'CallDecided', ...expected })]);
    expect(isFaultless(report)).toBe(false);
    expect(report.tallies.CallDecided).toMatchObject({ compared: 3, agreed: 2, differing: 1 });
  });
});

test('a refund that nobody is owed, and a vote that counts for more', async () => {
  const written = new History([]);
  const { partition } = written;
  const paid = partition.call({ grant: GRANTS[0], tool: 'pay', args: '{"amount":60}' }).event;
  const asked = partition.call({ grant: GRANTS[0], tool: 'ask', args: '{"amount":150}' }).event;
  const { counter, window_end_ms } = paid.charges[0]!;
  const forged: DecisionEvent[] = [
    { type: 'CallSettled', call_id: paid.call_id, grant_id: paid.grant_id, outcome: 'SUCCEEDED', logical_call_id: '', refunds: [{ counter, window_end_ms, amount: '60' }], refunded: [], actor: 'gateway-1' },
    { type: 'ApprovalResolved', approval_id: asked.approval!.id, grant_id: asked.grant_id, decision: 'approve', state: 'approved', approvers: ['gateway-1'], comment: '', actor: 'gateway-1' },
  ];
  forged.forEach((event) => partition.append(event));
  const report = await replay(written);
  expect(report.differences.map(({ type, cause, derived }) => ({ type, cause, derived }))).toEqual([
    { type: 'CallSettled', cause: 'refunds', derived: 'refunds=[]' },
    { type: 'ApprovalResolved', cause: 'refused', derived: 'OWN_REQUEST' },
  ]);
});

test('a document that is missing, or is not what its hash says, is the cause, once for each verdict', async () => {
  const written = new History([]);
  written.partition.call({ grant: GRANTS[0], tool: 'plain' });
  const { documents } = await readRegistry(logAsReplayLog(written.log()), signal);
  const [[main]] = [...documents] as [[string, string]];
  for (const [policies, cause] of [[new Map(), 'policy_missing'], [new Map([[main, '{"version":"1","default":"allow"}']]), 'policy_changed']] as const) {
    const report = await replay(written, { policies: new PolicyTexts(policies) });
    expect(report.differences).toMatchObject([{ cause }]);
    expect(report.causes[cause]).toBe(1);
  }
});

test('a record that was changed in place breaks the chain, which is said', async () => {
  const written = new History([]);
  for (let i = 0; i < 3; i += 1) written.partition.call({ grant: GRANTS[0], tool: 'plain' });
  const at = written.records.length - 2;
  const record = written.records[at]!;
  written.records[at] = { ...record, value: Buffer.from(record.value.toString().replace('"agent":""', '"agent":"x"')) };
  const report = await replay(written);
  expect(report.chainBreaks).toEqual([{ partition: 0, offset: at + 1, reason: 'prev is not the head' }]);
  expect(isFaultless(report)).toBe(false);
});

test('only the time range is compared, resting on everything before it', async () => {
  await fc.assert(fc.asyncProperty(history, fc.nat(5_000_000), fc.nat(5_000_000), async (actions, from, length) => {
    const written = new History(actions);
    const range = { fromMs: START_MS + from, toMs: START_MS + from + length };
    const report = await replay(written, { range });
    expect(report.differences).toEqual([]);
    expect(report.tallies.CallDecided.compared).toBe(written.records.filter(({ value }) => {
      const { type, time, seq } = JSON.parse(value.toString()) as { type: string; time: string; seq?: string };
      return type.includes('CallDecided') && seq !== '1000000' && Date.parse(time) >= range.fromMs && Date.parse(time) < range.toMs;
    }).length);
  }), { numRuns: 60 });
}, TIMEOUT_MS);

test('an event that an older reader cannot read stops the replay with its place', async () => {
  const written = new History([]);
  written.partition.writer.event({ type: 'docket.decision.Unheard.v1', subject: '', data: {} }, START_MS);
  await expect(replay(written)).rejects.toMatchObject({ kind: 'data_loss', message: expect.stringContaining(`docket.decisions/0 at offset ${written.records.length - 1}`) as string });
});

test('a log that grows meanwhile is replayed up to where it ended at first', async () => {
  const written = new History([]);
  written.partition.call({ grant: GRANTS[0], tool: 'plain' });
  const log = logAsReplayLog(written.log(2));
  const { documents, settings } = await readRegistry(log, signal);
  const before = written.records.length;
  const report = await replayPartition({
    log, tp: written.partition.writer.tp, settings, policies: new PolicyTexts(documents), keys: slowKeys(), range: ALL, signal, differencesMax: 1,
    onProgress: () => written.partition.call({ grant: GRANTS[0], tool: 'plain' }),
  });
  expect(report.records).toBe(before);
  expect(written.records.length).toBeGreaterThan(before);
});

test('random histories are not all alike', () => {
  expect(new Set(fc.sample(action, 200).map(({ type }) => type)).size).toBe(10);
});
