import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClaimedResume, HistoryLine, ProjectedDecision, ProjectedWindow, RawRecord } from './evidence.js';
import { sha256 } from './record.js';

/** The beginning of a window of ten seconds. */
export const T0 = 1_800_000_000_000;
const GRANT = '0192f3a0b1c27def8000000000000001';
const TOPIC = 'docket.decisions';
const SHARED_LIMIT = { counter: 'shared', window: { seconds: 10 }, max: 3, scope: 'server' };
const document = (lookMax: number): string => JSON.stringify({
  version: '1', default: 'deny', hide: [], all_tools: { limits: [] },
  tools: {
    look: { limits: [{ counter: 'looks', window: { seconds: 10 }, max: lookMax, scope: 'grant' }] },
    slide: { limits: [{ counter: 'slides', window: { seconds: 10 }, sliding: true, max: 1, scope: 'session' }] },
    pay: { limits: [{ counter: 'spent', window: { seconds: 10 }, max: 10, increment_from: 'args.amount', scope: 'agent' }] },
    share: { limits: [SHARED_LIMIT] },
    both: { limits: [SHARED_LIMIT, { counter: 'all', window: { seconds: 10 }, sliding: true, max: 1, scope: 'organisation' }] },
  },
});
const versionOf = (text: string): string => sha256(Buffer.from(text));
export const OLD = versionOf(document(2));
export const NEW = versionOf(document(0));

type Scope = 'server' | 'organisation';
/** What the partition of a scope says of a call; `at`: when, of what was reserved. */
interface Said { readonly scope: Scope; readonly outcome: 'held' | 'refused' | 'read'; readonly used: string; readonly at: number }

/** One thing that the log of decisions holds; `at` in ms after T0. */
export type Step =
  | { readonly kind: 'claim'; readonly epoch: number; readonly nonce: string }
  | { readonly kind: 'call'; readonly at: number; readonly id: string; readonly tool: string; readonly session?: string; readonly amount?: string; readonly verdict: string; readonly rule?: string; readonly version?: string; readonly loggedAt?: number; readonly scoped?: readonly Said[] }
  | { readonly kind: 'take'; readonly at: number; readonly id: string; readonly tool: string; readonly scope: Scope; readonly used: string }
  | { readonly kind: 'give'; readonly at: number; readonly of: string; readonly scope: Scope; readonly cause: string }
  | { readonly kind: 'end'; readonly at: number; readonly id: string; readonly tool: string }
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
  // What many grants share: taken, refused, and given back because the call was not sent, was refused elsewhere, or was given up.
  { kind: 'take', at: 16_200, id: '20', tool: 'share', scope: 'server', used: '0' },
  { kind: 'call', at: 16_210, id: '20', tool: 'share', verdict: 'ALLOW', version: NEW, scoped: [{ scope: 'server', outcome: 'held', used: '0', at: 16_200 }] },
  { kind: 'take', at: 16_220, id: '21', tool: 'share', scope: 'server', used: '1' },
  { kind: 'call', at: 16_230, id: '21', tool: 'share', verdict: 'ALLOW', version: NEW, scoped: [{ scope: 'server', outcome: 'held', used: '1', at: 16_220 }] },
  { kind: 'take', at: 16_240, id: '22', tool: 'both', scope: 'server', used: '2' },
  { kind: 'take', at: 16_250, id: '22', tool: 'both', scope: 'organisation', used: '0' },
  { kind: 'call', at: 16_260, id: '22', tool: 'both', verdict: 'ALLOW', version: NEW, scoped: [{ scope: 'server', outcome: 'held', used: '2', at: 16_240 }, { scope: 'organisation', outcome: 'held', used: '0', at: 16_250 }] },
  { kind: 'call', at: 16_270, id: '23', tool: 'share', verdict: 'RATE_LIMITED', rule: '/tools/share/limits/0', version: NEW, scoped: [{ scope: 'server', outcome: 'refused', used: '3', at: 16_265 }] },
  // Refused by one scope, it was told of the other what may have been so for a moment only.
  {
    kind: 'call', at: 16_275, id: '26', tool: 'both', verdict: 'RATE_LIMITED', rule: '/tools/both/limits/0', version: NEW,
    scoped: [{ scope: 'server', outcome: 'refused', used: '3', at: 16_272 }, { scope: 'organisation', outcome: 'read', used: '9', at: 16_273 }],
  },
  { kind: 'settle', at: 16_280, of: '21', outcome: 'NOT_SENT' },
  { kind: 'give', at: 16_290, of: '21', scope: 'server', cause: 'not_sent' },
  { kind: 'take', at: 16_300, id: '24', tool: 'both', scope: 'server', used: '2' },
  {
    kind: 'call', at: 16_310, id: '24', tool: 'both', verdict: 'RATE_LIMITED', rule: '/tools/both/limits/1', version: NEW,
    scoped: [{ scope: 'server', outcome: 'held', used: '2', at: 16_300 }, { scope: 'organisation', outcome: 'refused', used: '1', at: 16_305 }],
  },
  { kind: 'give', at: 16_320, of: '24', scope: 'server', cause: 'refused' },
  { kind: 'take', at: 16_330, id: '25', tool: 'share', scope: 'server', used: '2' },
  { kind: 'end', at: 16_400, id: '25', tool: 'share' },
  { kind: 'give', at: 16_410, of: '25', scope: 'server', cause: 'aborted' },
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
  const all: Parts = { log: writer.records, history, decisions, resumes, windows: [spent(LOOKS, 10_000, '2'), spent(SPENT, 20_000, '10.00'), spent(SHARED, 20_000, '2'), { partition: 0, counter: SLIDES, window_end_ms: 0, used: '1' }] };
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

const SHARED = '["payments","server","default","shared","10s",false]';
const ALL = '["","organisation","default","all","10s",true]';

/** How a limit that many grants share is stated about a call. */
function limitOf(tool: string, scope: Scope, used: string, atMs: number): { counter: string; window_end_ms: number; amount: string } & Record<string, unknown> {
  const isServer = scope === 'server';
  const endMs = isServer ? Math.floor(atMs / 10_000 + 1) * 10_000 : atMs + 10_000;
  return {
    rule: `/tools/${tool}/limits/${isServer ? 0 : 1}`, name: isServer ? 'shared' : 'all', counter: isServer ? SHARED : ALL, window: '10s', sliding: !isServer, limit: isServer ? '3' : '1', amount: '1', refund: ['not_sent'],
    used, window_end_ms: endMs, resets_at_ms: endMs, free_at_ms: 0,
  };
}

const keyOf = (scope: Scope): string => (scope === 'server' ? 'default/payments' : 'default');

function asked(id: string, tool: string, amount = '1', session = 's-1'): Omit<Extract<HistoryLine, { kind: 'asked' }>, 'at_ms'> {
  return { kind: 'asked', grant: GRANT, call_id: callOf(id), tool, session, agent: 'x', amount };
}

function play(steps: readonly Step[]): { writer: Writer; history: HistoryLine[]; decisions: ProjectedDecision[]; resumes: ClaimedResume[] } {
  const writer = new Writer(TOPIC);
  const history: HistoryLine[] = [];
  const decisions: ProjectedDecision[] = [];
  const resumes: ClaimedResume[] = [];
  const charged = new Map<string, { counter: string; window_end_ms: number; amount: string }>();
  const taken = new Map<string, { counter: string; window_end_ms: number; amount: string }>();
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
        writer.event('docket.decision.CallSettled.v1', { call_id: callOf(step.of), grant_id: GRANT, outcome: step.outcome, refunds: refund === undefined ? [] : [refund], ...(taken.has(`server ${step.of}`) && step.outcome === 'NOT_SENT' ? { elsewhere: [{ scope: 'server', key: keyOf('server') }] } : {}) }, T0 + step.at);
        history.push({ kind: 'settled', at_ms: T0 + step.at + 5, grant: GRANT, call_id: callOf(step.of), outcome: step.outcome, receipt: receipt() });
        decisions.forEach((row, i) => { if (row.call_id === callOf(step.of)) decisions[i] = { ...row, outcome: step.outcome }; });
        break;
      }
      case 'take': {
        const limit = limitOf(step.tool, step.scope, step.used, T0 + step.at);
        taken.set(`${step.scope} ${step.id}`, { counter: limit.counter, window_end_ms: limit.window_end_ms, amount: limit.amount });
        writer.event('docket.decision.QuotaReserved.v1', { scope: step.scope, key: keyOf(step.scope), call_id: callOf(step.id), grant_id: GRANT, content: 'a'.repeat(64), server_id: 'payments', tool: step.tool, agent: 'x', limits: [limit], actor: 'gateway' }, T0 + step.at);
        break;
      }
      case 'give': {
        const refund = taken.get(`${step.scope} ${step.of}`);
        taken.delete(`${step.scope} ${step.of}`);
        writer.event('docket.decision.QuotaReleased.v1', { scope: step.scope, key: keyOf(step.scope), call_id: callOf(step.of), grant_id: GRANT, cause: step.cause, refunds: refund === undefined ? [] : [refund], refunded: [], actor: 'gateway' }, T0 + step.at);
        break;
      }
      case 'end':
        writer.event('docket.decision.CallAborted.v1', { call_id: callOf(step.id), grant_id: GRANT, actor: 'gateway' }, T0 + step.at);
        history.push({ ...asked(step.id, step.tool), at_ms: T0 + step.at - 200 }, { kind: 'undecided', at_ms: T0 + step.at + 5, grant: GRANT, call_id: callOf(step.id), outcome: 'not_decided', reason: 'CALL_ABORTED' });
        break;
      case 'head':
        writer.event('docket.ledger.HeadSigned.v1', { topic: TOPIC, partition: 0, epoch: writer.epoch, sequence: writer.sequence, head: writer.head, event_time_ms: writer.timeMs, from: 0, to: writer.records.length }, T0 + step.at);
        break;
      case 'call': {
        const { at, id, tool, session = 's-1', amount = '1', verdict, rule = '', version = OLD, loggedAt = at, scoped } = step;
        const timeMs = T0 + at;
        const charge = {
          look: { counter: LOOKS, window_end_ms: Math.floor(timeMs / 10_000 + 1) * 10_000, amount: '1' }, slide: { counter: SLIDES.replace('s-1', session), window_end_ms: timeMs + 10_000, amount: '1' },
          pay: { counter: SPENT, window_end_ms: Math.floor(timeMs / 10_000 + 1) * 10_000, amount },
        }[tool];
        if (verdict === 'ALLOW' && charge !== undefined) charged.set(id, charge);
        const answers = scoped?.map(({ scope, outcome, used, at: saidAt }) => ({ scope, key: keyOf(scope), outcome, limits: [limitOf(tool, scope, used, T0 + saidAt)] }));
        writer.event('docket.decision.CallDecided.v1', { call_id: callOf(id), grant_id: GRANT, tool, session_id: session, agent: 'x', verdict, rule, policy_id: 'p', policy_version: version, charges: verdict === 'ALLOW' && charge !== undefined ? [charge] : [], ...(answers === undefined ? {} : { scoped: answers }) }, timeMs, T0 + loggedAt);
        history.push({ ...asked(id, tool, amount, session), at_ms: timeMs - 200 }, { kind: 'answered', at_ms: timeMs + 5, grant: GRANT, call_id: callOf(id), verdict, rule, replayed: false, policy_version: version, decided_at_ms: timeMs, receipt: receipt() });
        decisions.push({ partition: 0, offset: writer.records.length - 1, call_id: callOf(id), grant_id: GRANT, verdict, policy_version: version, decided_at_ms: timeMs, outcome: null });
      }
    }
    resumes.push({ source: 'a snapshot', topic: TOPIC, partition: 0, offset: writer.records.length, epoch: writer.epoch, nonce: writer.nonce, sequence: writer.sequence, head: writer.head, time_ms: writer.timeMs });
  }
  return { writer, history, decisions, resumes };
}
