import fc from 'fast-check';
import type { CallDecided, DecisionCommand, EventPosition, Outcome } from '#decision';
import { History, history } from '../test/random-history.js';
import { testGrantKey } from '../test/seal.js';
import { HypotheticalCalls } from './hypothetical-calls.js';
import { RecentMap } from './recent-map.js';
import { RecordedArguments } from './recorded-arguments.js';
import { decideCommand } from './recorded-commands.js';
import type { Loaded } from './recent-events.js';

const OUTCOMES: readonly Outcome[] = ['SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN'];
const AGE_MS = 1_000_000;

test('what is kept of a call gives every settlement and every later round the same as the whole of it', async () => {
  let rounds = 0;
  await fc.assert(fc.asyncProperty(history, async (actions) => {
    const { partition, journal } = new History(actions);
    const calls = new HypotheticalCalls(AGE_MS, 0);
    const whole = new Map<number, Loaded>();
    for (const [index, entry] of journal.entries()) {
      if (entry.type !== 'call') continue;
      // The state says where each call is: in the order that they came.
      const at: EventPosition = { topic: 'docket.decisions', partition: 0, offset: offsetOf(partition.state, entry.event), hash: 'f'.repeat(64), epoch: 1, sequence: index, timeMs: entry.timeMs };
      whole.set(at.offset, { event: entry.event, at });
      calls.add(entry.event, at);
    }
    const args = new RecordedArguments({ keyOf: testGrantKey });
    for (const entry of journal) {
      if (entry.type !== 'call') continue;
      const { event } = entry;
      const settlements = OUTCOMES.map((outcome): DecisionCommand => ({ type: 'Settle', caller, grant: { grant_id: event.grant_id, secret_hash: null }, call_id: event.call_id, call_id_time_ms: 0, outcome }));
      const round = decideCommand({ ...event, call_id: partition.callId(), logical_call_id: event.call_id, content: 'e'.repeat(64) }, args.of(event), event.rule === '(invalid arguments)');
      for (const command of [...settlements, round]) {
        const answers = [(offset: number) => whole.get(offset), (offset: number) => calls.at(offset)].map((load) => answer(partition, command, load));
        expect(answers[1]).toEqual(answers[0]);
        rounds += 1;
      }
    }
  }), { numRuns: 40 });
  expect(rounds).toBeGreaterThan(0);
});

test('a settlement that a state names is one, so that nothing is asked for it again and again', () => {
  expect(new HypotheticalCalls(AGE_MS).at(7)).toMatchObject({ event: { type: 'CallSettled' }, at: { offset: 7 } });
});

test('what was put in is kept for as long as was asked, and not for much longer', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 }), (gaps) => {
    const kept = new RecentMap<number, number>(100);
    const all: number[] = [];
    let now = 0;
    for (const [key, gap] of gaps.entries()) {
      now += gap;
      kept.set(key, now, now);
      all.push(now);
      for (const [one, at] of all.entries()) {
        if (now - at <= 100) expect(kept.get(one)).toBe(at);
      }
    }
    // A steady stream of them.
    for (let step = 0; step < 400; step += 1) kept.set(1_000 + step, (now += 1), now);
    expect(all.every((_, key) => kept.get(key) === undefined)).toBe(true);
    const oldest = Array.from({ length: 400 }, (_, step) => kept.get(1_000 + step)).find((at) => at !== undefined)!;
    expect(now - oldest).toBeLessThanOrEqual(150);
    kept.delete(1_399);
    expect(kept.get(1_399)).toBeUndefined();
  }));
});

const caller = { subject: 'gateway-1', organisation: 'default', server_ids: [] };

function offsetOf(state: History['partition']['state'], { grant_id, call_id }: CallDecided): number {
  return state.calls.get(grant_id, call_id)?.offset ?? -1;
}

function answer({ machine, state, nowMs }: History['partition'], command: DecisionCommand, load: (offset: number) => Loaded | undefined): unknown {
  for (let loaded: Loaded | undefined, looks = 0; looks < 3; looks += 1) {
    const decision = machine.decide(state, command, loaded === undefined ? { nowMs } : { nowMs, loaded });
    if (decision.kind !== 'load') {
      // A recorded answer is told again: that there is one is all that counts here.
      return decision.kind === 'append' ? decision : decision.kind === 'refuse' ? decision.error.reason : decision.kind;
    }
    loaded = load(decision.offset) ?? { event: { type: 'CallSettled', call_id: '', grant_id: '', outcome: 'UNKNOWN', logical_call_id: '', refunds: [], refunded: [], actor: '' }, at: { topic: '', partition: 0, offset: decision.offset, hash: '', epoch: 0, sequence: 0, timeMs: 0 } };
  }
  return 'asked again and again';
}
