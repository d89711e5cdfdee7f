import { abortInSteps, decideInSteps, settleInSteps } from '#decision';
import type { DecidedReply, DecisionCommand, DecisionReply, Errands, ScopeKey } from '#decision';
import { sha256, type LogRecord, type TopicPartition } from '#ledger';
import { canonicalPolicyText, parsePolicy } from '#policy';
import { testGrantKey } from '../test/seal.js';
import { SETTINGS, WrittenPartition, WrittenRegistry } from '../test/written-log.js';
import { PolicyTexts } from './policy-texts.js';
import { readRegistry } from './registry-facts.js';
import { logAsReplayLog, type ReplayLog } from './replay-log.js';
import { replayPartition } from './replay-partition.js';
import { isFaultless, mergeReports, type ReplayReport } from './replay-report.js';
import { whatIfTogether } from './what-if-partition.js';

const START_MS = 1_795_428_030_000;
const signal = new AbortController().signal;
const range = { fromMs: 0, toMs: Infinity };
const GRANTS = ['1'.repeat(32), '2'.repeat(32), '3'.repeat(32)] as const;
const document = (...limits: object[]): string => JSON.stringify({ version: '1', default: 'deny', tools: { t: { limits } } });
const limit = (counter: string, scope: string, max: number, more: object = {}): object => ({ counter, window: 'day', max, scope, ...more });
const TWO = document(limit('s', 'server', 2), limit('o', 'organisation', 9, { sliding: true, increment_from: 'args.amount' }));

/** Two partitions of grants, and two of counters, with their logs. */
class Installation {
  readonly registry = new WrittenRegistry(4, START_MS);
  readonly records: LogRecord[][] = [[], [], [], []];
  readonly partitions = this.records.map((records, partition) => new WrittenPartition(partition, START_MS, this.registry, (record) => records.push(record)));

  constructor(text: string) {
    const version = this.registry.publish('main', text);
    for (const partition of this.partitions) partition.inForce('main', version);
    for (const grant of GRANTS) this.of(grant).grant(grant);
  }

  of(key: string): WrittenPartition {
    return this.partitions[key === GRANTS[0] ? 0 : key === 'default/demo' ? 2 : key === 'default' ? 3 : 1]!;
  }

  pass(ms: number): void {
    for (const partition of this.partitions) partition.nowMs += ms;
  }

  call(grant: string, amount = 1, steps = Infinity): { readonly reply: DecidedReply | undefined; readonly callId: string; readonly trail: ScopeKey[] } {
    const home = this.of(grant);
    const trail: ScopeKey[] = [];
    let reply: DecisionReply | undefined;
    const apply = home.apply.bind(home);
    const callId = home.callId();
    // What it would submit goes through all steps instead.
    home.apply = (command: DecisionCommand): DecisionReply => {
      home.apply = apply;
      reply = command.type === 'Decide' ? this.run(decideInSteps(command, trail), steps) : undefined;
      return reply ?? { type: 'Decided', event: { verdict: 'none' } } as never;
    };
    home.call({ grant, tool: 't', args: JSON.stringify({ amount }), callId });
    return { reply: reply as DecidedReply | undefined, callId, trail };
  }

  run<R>(errands: Errands<R>, steps = Infinity): R | undefined {
    let step = errands.next();
    for (let taken = 0; step.done !== true; taken += 1) {
      if (taken >= steps) return undefined;
      try {
        step = errands.next(this.of(step.value.key).apply(step.value.command));
      } catch (error) {
        step = errands.throw(error);
      }
    }
    return step.value;
  }

  log(): ReplayLog {
    const of = ({ topic, partition }: TopicPartition): readonly LogRecord[] => (topic === 'docket.registry' ? this.registry.records : this.records[partition]!);
    return logAsReplayLog({
      read: (tp, from, options) => Promise.resolve(of(tp).slice(from, from + (options?.maxRecords ?? 1_000)) as LogRecord[]),
      endOffset: (tp) => Promise.resolve(of(tp).length),
    });
  }

  async replay(): Promise<ReplayReport> {
    const log = this.log();
    const { documents, settings } = await readRegistry(log, signal);
    const reports = await Promise.all(this.partitions.map(({ partition }) => replayPartition({
      log, tp: { topic: 'docket.decisions', partition }, settings, policies: new PolicyTexts(documents), keys: { keyOf: testGrantKey }, range, signal, differencesMax: 10,
    })));
    return mergeReports(reports, 10);
  }
}

/** Calls of three grants: some are let pass, some refused, one is given up, one given back. */
function history(): Installation {
  const installation = new Installation(TWO);
  const first = installation.call(GRANTS[0], 2.5);
  expect(first.reply?.event.verdict).toBe('ALLOW');
  const lost = installation.call(GRANTS[1], 1, 2);
  expect(lost.trail).toEqual([{ scope: 'server', key: 'default/demo' }]);
  installation.pass(1_000);
  expect(installation.call(GRANTS[2]).reply?.event).toMatchObject({ verdict: 'RATE_LIMITED', rule: '/tools/t/limits/0' });
  installation.run(abortInSteps({ grant_id: GRANTS[1], call_id: lost.callId, actor: 'gateway-1' }, lost.trail));
  expect(installation.call(GRANTS[2], 4).reply?.event.verdict).toBe('ALLOW');
  installation.run(settleInSteps({ type: 'Settle', caller: { subject: 'gateway-1', organisation: 'default', server_ids: [] }, grant: { grant_id: GRANTS[0], secret_hash: null }, call_id: first.callId, call_id_time_ms: 0, outcome: 'NOT_SENT' }));
  installation.pass(1_000);
  expect(installation.call(GRANTS[1], 5).reply?.event.verdict).toBe('ALLOW');
  // The server lets it pass no more, nor would the organisation: what it took at the server first is nothing.
  expect(installation.call(GRANTS[0], 1).reply?.event.verdict).toBe('RATE_LIMITED');
  return installation;
}

test('every share of a common limit, every return and every call that was given up is derived again, each partition by itself', async () => {
  const report = await history().replay();
  expect(report).toMatchObject({ differences: [], chainBreaks: [] });
  expect(isFaultless(report)).toBe(true);
  const compared = Object.fromEntries(Object.entries(report.tallies).map(([type, { agreed }]) => [type, agreed]));
  expect(compared).toMatchObject({ CallDecided: 5, CallSettled: 1, CallAborted: 1, QuotaReserved: 7, QuotaReleased: 3 });
});

test('a share that was never there to be had is noticed, and so is one that was given back to nobody', async () => {
  const installation = history();
  const counters = installation.of('default/demo');
  const { limits } = JSON.parse(JSON.stringify([...installation.records[2]!].map(({ value }) => JSON.parse(value.toString()).data).find((data) => data?.limits))) as { limits: { used: string }[] };
  counters.append({
    type: 'QuotaReserved', scope: 'server', key: 'default/demo', call_id: counters.callId(), grant_id: GRANTS[0], content: 'x', server_id: 'demo', tool: 't', agent: '',
    limits: limits.map((one) => ({ ...one, used: '0' })) as never, actor: 'gateway-1',
  });
  counters.append({ type: 'QuotaReleased', scope: 'server', key: 'default/demo', call_id: counters.callId(), grant_id: GRANTS[0], cause: 'refused', refunds: [{ counter: JSON.stringify(['demo', 'server', 'default', 's', '86400s', false]), window_end_ms: START_MS + 86_400_000, amount: '1' }], refunded: [], actor: 'gateway-1' });
  const report = await installation.replay();
  expect(report.differences.map(({ type, cause }) => [type, cause])).toEqual([['QuotaReserved', 'refused'], ['QuotaReleased', 'refunds']]);
  expect(isFaultless(report)).toBe(false);
});

test('a draft with common limits is tried on the calls of all partitions together, in the order of their times', async () => {
  const installation = new Installation(document());
  for (let i = 0; i < 4; i += 1) {
    for (const grant of GRANTS) {
      installation.call(grant, 1);
      installation.pass(10);
    }
  }
  const parsed = parsePolicy(document(limit('s', 'server', 5), limit('g', 'grant', 3)));
  if (!parsed.ok) throw new Error('the draft cannot be read');
  const text = canonicalPolicyText(parsed.policy);
  const report = await whatIfTogether({
    log: installation.log(), settings: SETTINGS, policies: new PolicyTexts(new Map([[sha256(text), text]]), true), draftVersion: sha256(text), keys: { keyOf: testGrantKey }, range, signal, scope: {}, examplesMax: 20,
  }, installation.partitions.map(({ partition }) => ({ topic: 'docket.decisions', partition })));
  expect(report).toMatchObject({ calls: 12, judged: 12, changed: 7, refused: {}, chainBreaks: [], transitions: { 'ALLOW > ALLOW': 5, 'ALLOW > RATE_LIMITED': 7 } });
  // The first five by time, of whichever grant.
  expect(report.rows.map(({ grant_id, transitions }) => [grant_id.charAt(0), transitions['ALLOW > ALLOW']]).sort()).toEqual([['1', 2], ['2', 2], ['3', 1]]);
});
