import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClaimedResume, HistoryLine, ProjectedDecision, ProjectedWindow, RawRecord } from './evidence.js';
import { sha256 } from './record.js';

/** The beginning of a window of ten seconds. */
export const T0 = 1_800_000_000_000;
const GRANT = '0192f3a0b1c27def8000000000000001';
const TOPIC = 'docket.decisions';
const document = (lookMax: number): string => JSON.stringify({
  version: '1', default: 'deny', hide: [], all_tools: { limits: [] },
  tools: {
    look: { limits: [{ counter: 'looks', window: { seconds: 10 }, max: lookMax, scope: 'grant' }] },
    slide: { limits: [{ counter: 'slides', window: { seconds: 10 }, sliding: true, max: 1, scope: 'session' }] },
    pay: { limits: [{ counter: 'spent', window: { seconds: 10 }, max: 10, increment_from: 'args.amount', scope: 'agent' }] },
  },
});
const versionOf = (text: string): string => sha256(Buffer.from(text));
export const OLD = versionOf(document(2));
export const NEW = versionOf(document(0));

/** One thing that the log of decisions holds; `at` in ms after T0. */
export type Step =
  | { readonly kind: 'claim'; readonly epoch: number; readonly nonce: string }
  | { readonly kind: 'call'; readonly at: number; readonly id: string; readonly tool: string; readonly session?: string; readonly amount?: string; readonly verdict: string; readonly rule?: string; readonly version?: string; readonly loggedAt?: number }
  | { readonly kind: 'settle'; readonly at: number; readonly of: string; readonly outcome: string }
  | { readonly kind: 'edit'; readonly at: number; readonly version: string }
  | { readonly kind: 'revoke'; readonly at: number }
  | { readonly kind: 'stray'; readonly value: string }
  | { readonly kind: 'head'; readonly at: number };

export const callOf = (id: string): string => `01a207d9-9630-7a1b-8c2d-${id.padStart(12, '0')}`;
const nonce = (digit: string): string => digit.repeat(32);

export const HONEST: readonly Step[] = [
  { kind: 'claim', epoch: 1, nonce: nonce('a') },
  { kind: 'call', at: 1_000, id: '1', tool: 'look', verdict: 'ALLOW' },
  { kind: 'call', at: 2_000, id: '2', tool: 'look', verdict: 'ALLOW' },
  { kind: 'call', at: 3_000, id: '3', tool: 'look', verdict: 'RATE_LIMITED', rule: '/tools/look/limits/0' },
  { kind: 'call', at: 4_000, id: '4', tool: 'slide', verdict: 'ALLOW' },
  { kind: 'claim', epoch: 2, nonce: nonce('b') },
  { kind: 'stray', value: 'not JSON' },
  { kind: 'claim', epoch: 2, nonce: nonce('c') },
  { kind: 'call', at: 6_000, id: '5', tool: 'slide', verdict: 'RATE_LIMITED', rule: '/tools/slide/limits/0' },
  { kind: 'settle', at: 6_500, of: '2', outcome: 'NOT_SENT' },
  { kind: 'call', at: 7_000, id: '6', tool: 'look', verdict: 'ALLOW' },
  { kind: 'call', at: 13_999, id: '7', tool: 'slide', verdict: 'RATE_LIMITED', rule: '/tools/slide/limits/0' },
  { kind: 'call', at: 14_000, id: '8', tool: 'slide', verdict: 'ALLOW' },
  { kind: 'call', at: 14_500, id: '9', tool: 'pay', amount: '7.5', verdict: 'ALLOW' },
  { kind: 'call', at: 14_600, id: '10', tool: 'pay', amount: '2.6', verdict: 'RATE_LIMITED', rule: '/tools/pay/limits/0' },
  { kind: 'call', at: 14_700, id: '11', tool: 'pay', amount: '2.5', verdict: 'ALLOW' },
  { kind: 'edit', at: 15_000, version: NEW },
  { kind: 'call', at: 16_000, id: '12', tool: 'look', verdict: 'DENY', rule: '/tools/look/limits/0', version: NEW },
  { kind: 'call', at: 16_100, id: '13', tool: 'other', verdict: 'DENY', rule: '(default deny)', version: NEW },
  { kind: 'head', at: 17_000 },
];

/** A partition in the making: writes what a right owner would write next. */
class Writer {
  readonly records: RawRecord[] = [];
  readonly hashes: string[] = [];
  head = '0'.repeat(64);
  epoch = 0;
  sequence = 0;
  nonce = '';
  timeMs = 0;

  constructor(private readonly topic: string) {}

  claim(epoch: number, nonce: string): void {
    const hash = this.put(JSON.stringify({ specversion: '1.0', id: `claim-${nonce}`, source: `/docket/${this.topic}/0`, type: 'docket.ledger.PartitionClaimed.v1', time: new Date(T0).toISOString(), datacontenttype: 'application/json', data: { epoch, nonce, node: 'a', address: '' } }), T0);
    if (epoch !== this.epoch + 1) return;
    Object.assign(this, { epoch, nonce, sequence: 0, head: sha256(Buffer.from(this.head + hash, 'hex')) });
  }

  event(type: string, data: object, timeMs: number, loggedMs = timeMs): void {
    this.sequence += 1;
    this.timeMs = timeMs;
    this.head = this.put(JSON.stringify({ specversion: '1.0', id: `${this.epoch}-${this.sequence}`, source: `/docket/${this.topic}/0`, type, time: new Date(timeMs).toISOString(), subject: GRANT, datacontenttype: 'application/json', epoch: this.epoch, seq: String(this.sequence), prev: this.head, data }), loggedMs);
  }

  put(value: string, loggedMs: number): string {
    this.records.push({ offset: this.records.length, timestamp_ms: loggedMs, value: Buffer.from(value).toString('base64') });
    this.hashes.push(sha256(Buffer.from(value)));
    return this.hashes.at(-1)!;
  }
}

/** Everything of an evidence folder, to be changed before it is written. */
export interface Parts {
  log: RawRecord[];
  history: HistoryLine[];
  resumes: ClaimedResume[];
  decisions: ProjectedDecision[];
  windows: ProjectedWindow[];
}

/** An evidence folder of a service that did everything right, but for what is changed: in what it did (`steps`), or in what is told of it (`parts`). */
export function writeEvidence({ steps = HONEST, parts = () => undefined }: { readonly steps?: readonly Step[]; readonly parts?: (parts: Parts) => void } = {}): string {
  const registry = new Writer('docket.registry');
  registry.claim(1, nonce('f'));
  registry.event('docket.registry.RegistryCreated.v1', { decisions_partitions: 1 }, T0);
  for (const text of [document(2), document(0)]) registry.event('docket.registry.PolicyPublished.v1', { policy_id: 'p', version: versionOf(text), document: text }, T0);
  const { writer, history, decisions, resumes } = play(steps);
  history.push(
    { kind: 'load', at_ms: T0, phase: 'began' }, { kind: 'load', at_ms: T0 + 20_000, phase: 'ended' },
    { kind: 'fault', at_ms: T0 + 4_500, name: 'decider killed', phase: 'began' }, { kind: 'fault', at_ms: T0 + 5_000, name: 'decider killed', phase: 'healed' }, { kind: 'fault', at_ms: T0 + 6_200, name: 'decider killed', phase: 'over' },
    // One that nobody knew of, answered when it was asked again; and one that was not decided.
    { kind: 'undecided', at_ms: T0 + 5_900, grant: GRANT, call_id: callOf('5'), outcome: 'unknown', reason: 'NODE_UNREACHABLE' }, { ...asked('5', 'slide'), at_ms: T0 + 5_950 },
    { ...asked('99', 'look'), at_ms: T0 + 5_800 }, { kind: 'undecided', at_ms: T0 + 5_900, grant: GRANT, call_id: callOf('99'), outcome: 'not_decided', reason: 'NO_OWNER' },
  );
  const spent = (counter: string, end: number, used: string): ProjectedWindow => ({ partition: 0, counter, window_end_ms: T0 + end, used });
  const all: Parts = { log: writer.records, history, decisions, resumes, windows: [spent(LOOKS, 10_000, '2'), spent(SPENT, 20_000, '10.00'), { partition: 0, counter: SLIDES, window_end_ms: 0, used: '1' }] };
  const end = writer.records.length;
  parts(all);
  const folder = mkdtempSync(join(tmpdir(), 'docket-evidence-'));
  mkdirSync(join(folder, 'log'));
  const lines = (name: string, of: readonly object[]): void => writeFileSync(join(folder, name), of.map((line) => `${JSON.stringify(line)}\n`).join(''));
  lines('log/docket.registry-0.jsonl', registry.records);
  lines(`log/${TOPIC}-0.jsonl`, all.log);
  lines('history-client.jsonl', all.history);
  lines('resumes.jsonl', all.resumes);
  lines('decisions.jsonl', all.decisions);
  lines('windows.jsonl', all.windows);
  writeFileSync(join(folder, 'ends.json'), JSON.stringify([{ topic: 'docket.registry', partition: 0, end: registry.records.length }, { topic: TOPIC, partition: 0, end }]));
  return folder;
}

const LOOKS = `["payments","grant","${GRANT}","looks","10s",false]`;
const SLIDES = `["payments","session",["${GRANT}","s-1"],"slides","10s",true]`;
const SPENT = `["payments","agent",["${GRANT}","x"],"spent","10s",false]`;

function asked(id: string, tool: string, amount = '1', session = 's-1'): Omit<Extract<HistoryLine, { kind: 'asked' }>, 'at_ms'> {
  return { kind: 'asked', grant: GRANT, call_id: callOf(id), tool, session, agent: 'x', amount };
}

function play(steps: readonly Step[]): { writer: Writer; history: HistoryLine[]; decisions: ProjectedDecision[]; resumes: ClaimedResume[] } {
  const writer = new Writer(TOPIC);
  const history: HistoryLine[] = [];
  const decisions: ProjectedDecision[] = [];
  const resumes: ClaimedResume[] = [];
  const charged = new Map<string, { counter: string; window_end_ms: number; amount: string }>();
  const grant = (revoked: boolean): object => ({ registry_offset: 1, grant_id: GRANT, organisation: 'default', server_id: 'payments', policy_id: 'p', mode: 'enforce', revoked });
  const receipt = (): { topic: string; partition: number; offset: number; hash: string } => ({ topic: TOPIC, partition: 0, offset: writer.records.length - 1, hash: writer.hashes.at(-1)! });
  for (const step of steps) {
    switch (step.kind) {
      case 'claim':
        writer.claim(step.epoch, step.nonce);
        if (step.epoch !== 1 || writer.records.length > 1) break;
        writer.event('docket.decision.GrantSet.v1', grant(false), T0);
        writer.event('docket.decision.PolicyVersionSet.v1', { registry_offset: 2, organisation: 'default', policy_id: 'p', version: OLD }, T0);
        break;
      case 'stray':
        writer.put(step.value, T0);
        break;
      case 'edit':
        writer.event('docket.decision.PolicyVersionSet.v1', { registry_offset: 3, organisation: 'default', policy_id: 'p', version: step.version }, T0 + step.at);
        history.push({ kind: 'edited', at_ms: T0 + step.at + 5, registry_offset: 3, policy_id: 'p', version: step.version });
        break;
      case 'revoke':
        writer.event('docket.decision.GrantSet.v1', grant(true), T0 + step.at);
        history.push({ kind: 'edited', at_ms: T0 + step.at + 5, registry_offset: 4, revoked_grant: GRANT });
        break;
      case 'settle': {
        const refund = charged.get(step.of);
        charged.delete(step.of);
        writer.event('docket.decision.CallSettled.v1', { call_id: callOf(step.of), grant_id: GRANT, outcome: step.outcome, refunds: refund === undefined ? [] : [refund] }, T0 + step.at);
        history.push({ kind: 'settled', at_ms: T0 + step.at + 5, grant: GRANT, call_id: callOf(step.of), outcome: step.outcome, receipt: receipt() });
        decisions.forEach((row, i) => { if (row.call_id === callOf(step.of)) decisions[i] = { ...row, outcome: step.outcome }; });
        break;
      }
      case 'head':
        writer.event('docket.ledger.HeadSigned.v1', { topic: TOPIC, partition: 0, epoch: writer.epoch, sequence: writer.sequence, head: writer.head, event_time_ms: writer.timeMs, from: 0, to: writer.records.length }, T0 + step.at);
        break;
      case 'call': {
        const { at, id, tool, session = 's-1', amount = '1', verdict, rule = '', version = OLD, loggedAt = at } = step;
        const timeMs = T0 + at;
        const charge = {
          look: { counter: LOOKS, window_end_ms: Math.floor(timeMs / 10_000 + 1) * 10_000, amount: '1' }, slide: { counter: SLIDES.replace('s-1', session), window_end_ms: timeMs + 10_000, amount: '1' },
          pay: { counter: SPENT, window_end_ms: Math.floor(timeMs / 10_000 + 1) * 10_000, amount },
        }[tool]!;
        if (verdict === 'ALLOW') charged.set(id, charge);
        writer.event('docket.decision.CallDecided.v1', { call_id: callOf(id), grant_id: GRANT, tool, session_id: session, agent: 'x', verdict, rule, policy_id: 'p', policy_version: version, charges: verdict === 'ALLOW' ? [charge] : [] }, timeMs, T0 + loggedAt);
        history.push({ ...asked(id, tool, amount, session), at_ms: timeMs - 200 }, { kind: 'answered', at_ms: timeMs + 5, grant: GRANT, call_id: callOf(id), verdict, rule, replayed: false, policy_version: version, decided_at_ms: timeMs, receipt: receipt() });
        decisions.push({ partition: 0, offset: writer.records.length - 1, call_id: callOf(id), grant_id: GRANT, verdict, policy_version: version, decided_at_ms: timeMs, outcome: null });
      }
    }
    resumes.push({ source: 'a snapshot', topic: TOPIC, partition: 0, offset: writer.records.length, epoch: writer.epoch, nonce: writer.nonce, sequence: writer.sequence, head: writer.head, time_ms: writer.timeMs });
  }
  return { writer, history, decisions, resumes };
}
