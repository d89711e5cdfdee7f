import fc from 'fast-check';
import type { GrantKey, LogRecord } from '#ledger';
import type { ApprovalDecision, CallDecided, Outcome, SetGrant } from '#decision';
import { DocketError } from '#errors';
import { ListLog } from './list-log.js';
import { WrittenPartition, WrittenRegistry, type CallFields } from './written-log.js';

export const GRANTS = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)] as const;
/** Monday, 2026-11-23T10:00:30.000Z. */
export const START_MS = 1_795_428_030_000;

/** Small maxima, values that matter, people that are asked: histories of a few dozen steps meet everything. */
export const DOCUMENTS = [
  {
    version: '1', default: 'deny', hide: ['hidden'], all_tools: { limits: [{ counter: 'all', window: 'hour', max: 9 }] },
    tools: {
      plain: {},
      few: { limits: [{ counter: 'few', window: 'minute', max: 2, scope: 'session', refund: ['not_sent', 'failed'] }] },
      slide: { limits: [{ counter: 'slide', window: { seconds: 90 }, sliding: true, max: 2 }] },
      pay: { require: [{ conditions: [{ path: 'args.amount', op: 'lte', value: 500 }], on_deny: 'Too much.' }], limits: [{ counter: 'spend', window: 'day', max: 800, increment_from: 'args.amount', scope: 'agent' }] },
      ask: { approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 100 }], timeout: '10m' }], limits: [{ counter: 'asked', window: 'day', max: 3 }] },
    },
  },
  {
    version: '1', default: 'allow', all_tools: { limits: [{ counter: 'all', window: 'hour', max: 20 }] },
    tools: {
      few: { limits: [{ counter: 'few', window: 'minute', max: 4, scope: 'session', refund: ['not_sent', 'failed'] }] },
      slide: { deny_if: [{ conditions: [{ path: 'args.currency', op: 'eq', value: 'usd' }] }] },
      pay: { approve_if: [{ conditions: [{ path: 'args.amount', op: 'gte', value: 50 }], approvals: 2 }], limits: [{ counter: 'spend', window: 'day', max: 500, increment_from: 'args.amount' }] },
      ask: { approve_if: [{ conditions: [], timeout: '1m' }] },
    },
  },
] as const;

export type Action =
  | { readonly type: 'call'; readonly grant: number; readonly tool: string; readonly args: string; readonly session: string; readonly agent: string; readonly logical: number }
  | { readonly type: 'settle'; readonly which: number; readonly outcome: 'SUCCEEDED' | 'FAILED' | 'NOT_SENT' | 'UNKNOWN' }
  | { readonly type: 'resolve'; readonly which: number; readonly decision: 'approve' | 'deny' | 'withdraw'; readonly subject: string }
  | { readonly type: 'again' }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'publish'; readonly which: number }
  | { readonly type: 'mode'; readonly grant: number; readonly mode: 'enforce' | 'observe' }
  | { readonly type: 'attach'; readonly grant: number; readonly policy: 'main' | 'other' | '' }
  | { readonly type: 'claim' }
  | { readonly type: 'void' };

const ARGS = ['{}', '[]', '1', '{"amount":60,"currency":"usd"}', '{"amount":150,"currency":"eur"}', '{"amount":"many"}', '{"amount":0.1}', '{"note":"é \\" \\\\"}'];

export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 14, arbitrary: fc.record({
      type: fc.constant('call' as const), grant: fc.constantFrom(0, 0, 0, 1, 2), tool: fc.constantFrom('plain', 'few', 'few', 'slide', 'pay', 'pay', 'ask', 'ask', 'hidden', 'nothing', 'tool "é"'),
      args: fc.constantFrom(...ARGS), session: fc.constantFrom('', 's1'), agent: fc.constantFrom('', 'a1'), logical: fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(8) }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('settle' as const), which: fc.nat(6), outcome: fc.constantFrom('SUCCEEDED' as const, 'FAILED' as const, 'NOT_SENT' as const, 'UNKNOWN' as const) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('resolve' as const), which: fc.nat(6), decision: fc.constantFrom('approve' as const, 'approve' as const, 'deny' as const, 'withdraw' as const), subject: fc.constantFrom('ada', 'bob') }) },
  { weight: 3, arbitrary: fc.constant({ type: 'again' as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 5_000_000 })) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('publish' as const), which: fc.nat(DOCUMENTS.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('mode' as const), grant: fc.nat(2), mode: fc.constantFrom('enforce' as const, 'observe' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('attach' as const), grant: fc.nat(2), policy: fc.constantFrom('main' as const, 'other' as const, '' as const) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'claim' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'void' as const }) },
);

export const history = fc.array(action, { minLength: 1, maxLength: 60, size: 'max' });

/** What was recorded, as it was asked for: a naive reading of the history works with this instead of the records. */
export type Entry =
  | { readonly type: 'call'; readonly timeMs: number; readonly fields: CallFields; readonly event: CallDecided }
  | { readonly type: 'settle'; readonly timeMs: number; readonly grant: string; readonly callId: string; readonly outcome: Outcome }
  | { readonly type: 'resolve'; readonly timeMs: number; readonly approvalId: string; readonly decision: ApprovalDecision; readonly subject: string }
  | { readonly type: 'grant'; readonly timeMs: number; readonly grant: string; readonly fields: Partial<SetGrant> };

/** A history as it was written, and the log that holds it. */
export class History {
  readonly registry = new WrittenRegistry(1, START_MS);
  readonly records: LogRecord[] = [];
  readonly partition: WrittenPartition;

  readonly journal: Entry[] = [];
  /** The call that asked last: whoever asked comes again. */
  #asked: CallFields | undefined;

  constructor(actions: readonly Action[], keyOf?: (grantId: string) => GrantKey) {
    this.partition = new WrittenPartition(0, START_MS, this.registry, (record) => this.records.push(record), keyOf && { keyOf });
    this.partition.publish('main', JSON.stringify(DOCUMENTS[0]));
    this.partition.publish('other', JSON.stringify(DOCUMENTS[1]));
    for (const grant of GRANTS) this.#grant(grant, {});
    for (const one of actions) this.#refusable(one);
  }

  log(chunkRecords?: number): ListLog {
    return new ListLog(chunkRecords).put(this.partition.writer.tp, this.records).put({ topic: 'docket.registry', partition: 0 }, this.registry.records);
  }

  /** The verdict. */
  call(fields: CallFields): string {
    const { nowMs: timeMs } = this.partition;
    const { event } = this.partition.call(fields);
    this.journal.push({ type: 'call', timeMs, fields, event });
    return event.verdict;
  }

  settle(grant: string, callId: string, outcome: Outcome): void {
    const { nowMs: timeMs } = this.partition;
    this.partition.settle(grant, callId, outcome);
    this.journal.push({ type: 'settle', timeMs, grant, callId, outcome });
  }

  resolve(approvalId: string, decision: ApprovalDecision, subject: string): void {
    const { nowMs: timeMs } = this.partition;
    this.partition.resolve(approvalId, decision, subject);
    this.journal.push({ type: 'resolve', timeMs, approvalId, decision, subject });
  }

  #grant(grant: string, fields: Partial<SetGrant>): void {
    this.partition.grant(grant, fields);
    this.journal.push({ type: 'grant', timeMs: this.partition.nowMs, grant, fields });
  }

  /** What is refused with an error leaves no event. */
  #refusable(one: Action): void {
    try {
      this.#step(one);
    } catch (error) {
      if (!(error instanceof DocketError)) throw error;
    }
  }

  #step(one: Action): void {
    const { partition } = this;
    switch (one.type) {
      case 'call': {
        const earlier = one.logical < 0 ? undefined : partition.calls.at(-1 - one.logical);
        const fields = { ...one, grant: GRANTS[one.grant]!, logical: earlier?.grant === GRANTS[one.grant] ? earlier!.id : '' };
        if (this.call(fields) === 'APPROVAL_REQUIRED') this.#asked = fields;
        break;
      }
      case 'again':
        if (this.#asked !== undefined) this.call(this.#asked);
        break;
      case 'settle': {
        const call = partition.calls.at(-1 - one.which);
        if (call !== undefined) this.settle(call.grant, call.id, one.outcome);
        break;
      }
      case 'resolve': {
        const call = partition.calls.filter(({ approval }) => approval !== undefined).at(-1 - one.which);
        if (call?.approval !== undefined) this.resolve(call.approval, one.decision, one.subject);
        break;
      }
      case 'wait': partition.nowMs += one.ms; break;
      case 'publish': partition.publish('main', JSON.stringify(DOCUMENTS[one.which])); break;
      case 'mode': this.#grant(GRANTS[one.grant]!, { mode: one.mode }); break;
      case 'attach': this.#grant(GRANTS[one.grant]!, { policy_id: one.policy }); break;
      case 'claim': partition.writer.claim(partition.nowMs); break;
      case 'void': partition.writer.late({ type: 'docket.decision.CallDecided.v1', subject: '', data: {} }, partition.nowMs); break;
    }
  }
}
