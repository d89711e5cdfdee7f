import { countersOf, decisionMachine } from '#decision';
import type { DecisionEvent, DecisionState, LimitReading } from '#decision';
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
    if (event.type === 'CallSettled' || event.type === 'QuotaReserved' || event.type === 'QuotaReleased') return machine.evolve(state, event, at);
    // Most refusals charge nothing, and remembering their ids is the dear part.
    if (event.type !== 'CallDecided' || event.charges.length === 0) return state;
    return machine.evolve(state, event.approval === null ? event : { ...event, approval: null }, at);
  },
};

/** What an event has left in the windows that it charged or gave back to, from the state after it. */
export function touchedWindows(state: DecisionState, event: DecisionEvent, at: Position): WindowUse[] {
  const [touched, readings] = touchedBy(event);
  return touched.map(({ counter, window_end_ms }) => {
    const id = parseCounterId(counter);
    const used = id.sliding ? (state.sliding.find(counter)?.at(at.timeMs).used ?? 0) : state.windows.used(window_end_ms, counter);
    return { counter, id, windowEndMs: id.sliding ? 0 : window_end_ms, used: exactText(used), limitMax: smallestLimit(readings, id), timeMs: at.timeMs, partition: at.partition };
  });
}

type Read = Pick<LimitReading, 'counter' | 'scope' | 'window' | 'sliding' | 'limit'>;

function touchedBy(event: DecisionEvent): readonly [readonly { readonly counter: string; readonly window_end_ms: number }[], readonly Read[]] {
  switch (event.type) {
    case 'CallDecided': return [event.charges, event.limits];
    case 'CallSettled':
    case 'QuotaReleased': return [event.refunds, event.refunded];
    case 'QuotaReserved': return [countersOf(event.limits), event.limits.map(({ name, window, sliding, limit }) => ({ counter: name, scope: event.scope, window, sliding, limit }))];
    default: return NOTHING;
  }
}

const NOTHING: readonly [readonly never[], readonly never[]] = [[], []];

function smallestLimit(readings: readonly Read[], id: CounterId): string | null {
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
