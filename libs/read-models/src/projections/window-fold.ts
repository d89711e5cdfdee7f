import { decisionMachine } from '#decision';
import type { CallDecided, DecisionEvent, DecisionState, LimitReading } from '#decision';
import type { Position, StateMachine } from '#ledger';
import { compareExact, exactText, parseExactNumber } from '#policy';
import { type CounterId, parseCounterId } from './counter-id.js';

/** A window of a counter as the newest event that touched it left it. */
export interface WindowUse {
  readonly counter: string;
  readonly id: CounterId;
  /** 0: sliding. */
  readonly windowEndMs: number;
  /** Exact decimal. */
  readonly used: string;
  /** The smallest limit on the counter that the event names; null if it names none. */
  readonly limitMax: string | null;
  readonly timeMs: number;
  readonly partition: number;
}

const machine = decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined);

/**
 * The owner's state machine, for its windows alone: `evolve` is the owner's, but it is not given what takes memory and
 * touches no window (grants, policy versions, approvals), and forgets call ids at once.
 */
export const windowMachine: StateMachine<DecisionState, never, DecisionEvent, unknown> = {
  ...(machine as unknown as StateMachine<DecisionState, never, DecisionEvent, unknown>),
  evolve: (state, event, at) => {
    if (event.type === 'CallSettled') return machine.evolve(state, event, at);
    // Most refusals charge nothing, and remembering their ids is the dear part.
    if (event.type !== 'CallDecided' || event.charges.length === 0) return state;
    return machine.evolve(state, event.approval === null ? event : { ...event, approval: null }, at);
  },
};

/** What an event has left in the windows that it charged or gave back to, from the state after it. */
export function touchedWindows(state: DecisionState, event: DecisionEvent, at: Position): WindowUse[] {
  if (event.type !== 'CallDecided' && event.type !== 'CallSettled') return [];
  const [touched, readings] = event.type === 'CallDecided' ? [event.charges, event.limits] : [event.refunds, event.refunded];
  return touched.map(({ counter, window_end_ms }) => {
    const id = parseCounterId(counter);
    const used = id.sliding ? (state.sliding.find(counter)?.at(at.timeMs).used ?? 0) : state.windows.used(window_end_ms, counter);
    return { counter, id, windowEndMs: id.sliding ? 0 : window_end_ms, used: exactText(used), limitMax: smallestLimit(readings, id), timeMs: at.timeMs, partition: at.partition };
  });
}

function smallestLimit(readings: CallDecided['limits'], id: CounterId): string | null {
  let smallest: LimitReading['limit'] | null = null;
  for (const { counter, scope, window, sliding, limit } of readings) {
    if (counter !== id.counter || scope !== id.scope || window !== id.time_window || sliding !== id.sliding) continue;
    if (smallest === null || compareExact(parseExactNumber(limit) ?? 0, parseExactNumber(smallest) ?? 0) < 0) smallest = limit;
  }
  return smallest;
}

/** One window, in all events. */
export function keyOf({ partition, counter, windowEndMs }: WindowUse): string {
  return `${partition}/${windowEndMs}/${counter}`;
}
