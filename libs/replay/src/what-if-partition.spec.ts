import fc from 'fast-check';
import { DocketError } from '#errors';
import { sha256 } from '#ledger';
import { canonicalPolicyText, parsePolicy } from '#policy';
import { DOCUMENTS, GRANTS, History, START_MS, history } from '../test/random-history.js';
import { testGrantKey } from '../test/seal.js';
import { SETTINGS, WrittenPartition, WrittenRegistry } from '../test/written-log.js';
import { PolicyTexts } from './policy-texts.js';
import { logAsReplayLog } from './replay-log.js';
import { whatIfPartition, type WhatIfJob } from './what-if-partition.js';
import { mergeWhatIf, type WhatIfReport } from './what-if-report.js';

const TIMEOUT_MS = 300_000;
const signal = new AbortController().signal;
const keys = { keyOf: testGrantKey };

function whatIf(written: History, document: unknown, more: Partial<WhatIfJob> = {}): Promise<WhatIfReport> {
  const parsed = parsePolicy(JSON.stringify(document));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const text = canonicalPolicyText(parsed.policy);
  return whatIfPartition({
    log: logAsReplayLog(written.log()), tp: written.partition.writer.tp, settings: SETTINGS, policies: new PolicyTexts(new Map([[sha256(text), text]])), draftVersion: sha256(text),
    keys, range: { fromMs: 0, toMs: Infinity }, signal, scope: {}, examplesMax: 3, ...more,
  });
}

/**
 * The draft tried naively: everybody who acted then acts again, on a partition of its own where the draft is the only policy.
 * One line for each recorded call.
 */
function naive(written: History, document: unknown): string[] {
  const partition = new WrittenPartition(0, START_MS, new WrittenRegistry(1, START_MS), () => undefined);
  partition.publish('draft', JSON.stringify(document));
  const allowedAtOnce = new Map<string, string>();
  const standsFor = new Map<string, string>();
  const approvals = new Map<string, string>();
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof DocketError)) throw error;
    }
  };
  return written.journal.flatMap((one): string[] => {
    partition.nowMs = one.timeMs;
    switch (one.type) {
      case 'grant': partition.grant(one.grant, { ...one.fields, policy_id: 'draft', mode: 'enforce' }); return [];
      case 'settle': attempt(() => partition.settle(one.grant, standsFor.get(one.callId) ?? one.callId, one.outcome)); return [];
      case 'resolve': attempt(() => partition.resolve(approvals.get(one.approvalId) ?? one.approvalId, one.decision, one.subject)); return [];
      case 'call': {
        const { event } = one;
        const first = event.approval === null || event.approval.action === 'opened' ? undefined : allowedAtOnce.get(event.approval.id);
        if (first !== undefined) {
          if (event.approval!.action === 'redeemed') {
            allowedAtOnce.delete(event.approval!.id);
            standsFor.set(event.call_id, first);
          }
          return ['not needed'];
        }
        const known = event.approval === null ? undefined : approvals.get(event.approval.id);
        const isLive = known !== undefined && partition.state.approvals.find(known, one.timeMs) !== undefined;
        const draft = partition.call({ ...one.fields, callId: event.call_id }).event;
        if (event.approval !== null && draft.approval?.action === 'opened' && !isLive) approvals.set(event.approval.id, draft.approval.id);
        if (event.approval?.action === 'opened' && draft.verdict === 'ALLOW') allowedAtOnce.set(event.approval.id, event.call_id);
        return [`${event.grant_id} ${event.tool}: ${event.would_be ?? event.verdict} > ${draft.verdict}`];
      }
    }
  });
}

function tally(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}

const asTally = ({ rows, notNeeded }: WhatIfReport): Record<string, number> => ({
  ...Object.fromEntries(rows.flatMap(({ grant_id, tool, transitions }) => Object.entries(transitions).map(([transition, count]) => [`${grant_id} ${tool}: ${transition}`, count]))),
  ...(notNeeded === 0 ? {} : { 'not needed': notNeeded }),
});

const drafts = fc.constantFrom<unknown>(
  ...DOCUMENTS,
  { version: '1', default: 'allow' },
  { version: '1', default: 'deny', tools: { '*': { approve_if: [{ conditions: [], timeout: '20m' }], limits: [{ counter: 'c', window: 'minute', max: 2 }] } } },
  { version: '1', default: 'deny', tools: { '*': { limits: [{ counter: 'some', window: { seconds: 600 }, sliding: true, max: 4, refund: ['not_sent', 'failed'] }] }, few: {} } },
);

test('a draft rules every recorded call as it does where everybody acts again under it, with counters of its own', async () => {
  const missing = new Set(['not needed', 'ALLOW > DENY', 'DENY > ALLOW', 'ALLOW > RATE_LIMITED', 'RATE_LIMITED > ALLOW', 'ALLOW > APPROVAL_REQUIRED', 'APPROVAL_REQUIRED > ALLOW', 'APPROVAL_REQUIRED > APPROVAL_REQUIRED']);
  // Some are rare: more histories, until each has come up.
  for (let round = 0; round === 0 || (missing.size > 0 && round < 20); round += 1) {
    await fc.assert(fc.asyncProperty(history, drafts, async (actions, draft) => {
      const written = new History(actions);
      const report = await whatIf(written, draft);
      const expected = naive(written, draft);
      expect(asTally(report)).toEqual(tally(expected));
      expect(report).toMatchObject({ calls: expected.length, altered: 0, refused: {} });
      for (const line of Object.keys(tally(expected))) missing.delete(line.replace(/^.*: /, ''));
    }), { numRuns: 120 });
  }
  expect([...missing]).toEqual([]);
}, TIMEOUT_MS);

test('the policy that was in force changes nothing, for whoever it was in force for all the time', async () => {
  await fc.assert(fc.asyncProperty(history, async (actions) => {
    const written = new History(actions.filter(({ type }) => type !== 'publish' && type !== 'attach'));
    const report = await whatIf(written, DOCUMENTS[0]);
    expect(report).toMatchObject({ changed: 0, otherRule: 0, notNeeded: 0, examples: [] });
  }), { numRuns: 60 });
}, TIMEOUT_MS);

describe('one history, one draft', () => {
  const draft = { version: '1', default: 'deny', tools: { pay: { deny_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 50 }], on_deny: 'Ask first.' }] }, plain: {}, ask: {} } };
  let written: History;

  beforeEach(() => {
    written = new History([]);
    for (const grant of GRANTS) {
      written.call({ grant, tool: 'pay', args: '{"amount":60}' });
      written.partition.nowMs += 1_000;
      written.call({ grant, tool: 'plain' });
    }
  });

  test('examples say where, what and by which rule, and no argument', async () => {
    const report = await whatIf(written, draft);
    expect(report).toMatchObject({ calls: 6, judged: 6, changed: 3, transitions: { 'ALLOW > DENY': 3, 'ALLOW > ALLOW': 3 }, rules: { 'DENY /tools/pay/deny_if/0': 3 } });
    expect(report.examples[0]).toEqual({
      partition: 0, offset: 6, timeMs: START_MS, grant_id: GRANTS[0], call_id: expect.any(String) as string, tool: 'pay', transition: 'ALLOW > DENY', recordedRule: '', draftRule: '/tools/pay/deny_if/0', draftMessage: 'Ask first.',
    });
    expect(JSON.stringify(report)).not.toContain('60}');
  });

  test('only the grants, the policy and the times that were asked for are counted', async () => {
    expect(await whatIf(written, draft, { scope: { grants: [GRANTS[1]] } })).toMatchObject({ calls: 2, changed: 1 });
    expect(await whatIf(written, draft, { scope: { policyId: 'other' } })).toMatchObject({ calls: 0, rows: [] });
    expect(await whatIf(written, draft, { scope: { policyId: 'main' }, range: { fromMs: START_MS + 1_000, toMs: START_MS + 2_000 } })).toMatchObject({ calls: 2, changed: 1 });
  });

  test('what was used before the time range counts inside it', async () => {
    const limited = { version: '1', default: 'deny', tools: { '*': { limits: [{ counter: 'calls', window: 'hour', max: 1 }] } } };
    expect(await whatIf(written, limited, { range: { fromMs: START_MS + 1_000, toMs: Infinity } })).toMatchObject({ calls: 5, transitions: { 'ALLOW > RATE_LIMITED': 3, 'ALLOW > ALLOW': 2 } });
  });

  test('where the values cannot be opened the verdict is not known, unless the draft does not look at them', async () => {
    const report = await whatIf(written, draft, { keys: { keyOf: (grantId) => (grantId === GRANTS[2] ? 'erased' : testGrantKey(grantId)) } });
    expect(report).toMatchObject({ calls: 6, judged: 5, unknown: { values_erased: 1, values_sealed: 0 } });
  });

  test('an approval that only the draft asks for is nobody’s answer', async () => {
    const asking = { version: '1', default: 'deny', tools: { '*': { approve_if: [{ conditions: [] }] } } };
    expect(await whatIf(written, asking)).toMatchObject({ unanswered: 6, transitions: { 'ALLOW > APPROVAL_REQUIRED': 6 } });
  });

  test('reports of partitions add up, rows with most changes first', async () => {
    const one = await whatIf(written, draft);
    const all = mergeWhatIf([one, one], 2);
    expect(all).toMatchObject({ calls: 12, changed: 6, transitions: { 'ALLOW > DENY': 6 } });
    expect(all.rows.map(({ tool, calls }) => `${tool} ${calls}`)).toEqual(['pay 2', 'pay 2', 'pay 2', 'plain 2', 'plain 2', 'plain 2']);
    expect(all.examples).toHaveLength(2);
  });
});
