import { DocketError } from '#errors';
import { type ExactNumber, compareExact, exactText, parseExactNumber, subtractExact, windowEndMs, windowMs, windowOfKey } from '#policy';
import { acceptedTimeMs, callIdTimeMs } from './call-id.js';
import { isSliding } from './counter-identity.js';
import { tooManyCounters } from './decide-call.js';
import { type Context, type Decision, aborted, isLoaded, loadedAt, refuse } from './decision.js';
import { type CounterUse, refusedUntilMs, remaining } from './limits.js';
import type { AskedLimit, DecisionSettings, LimitReading, QuotaReserved, ReadQuota, Release, ReleaseCause, Reserve, ScopedLimit, WiderScope } from './model.js';
import type { DecisionState } from './state.js';
import { countersOf } from './wider-charges.js';

/** What a call has done in the partition of a wider scope. */
export interface Reservation {
  /** Of its newest event there. */
  readonly offset: number;
  readonly released: boolean;
}

/** One partition may hold the counters of several scopes: a call reserves in each of them on its own. */
export function reservationKey({ scope, grant_id, call_id }: { readonly scope: WiderScope; readonly grant_id: string; readonly call_id: string }): string {
  return `${scope.charAt(0)}${grant_id}${call_id}`;
}

/** Takes a call's share from this partition's counters, all or none; the same call takes it once. */
export function reserve(state: DecisionState, command: Reserve, context: Context, settings: DecisionSettings): Decision {
  const timeMs = acceptedTimeMs(command.call_id, context.nowMs, settings);
  if (timeMs instanceof DocketError) return refuse(timeMs);
  const known = state.reservations.get(reservationKey(command), timeMs);
  if (known?.released === true) return refuse(aborted());
  if (known !== undefined) {
    const found = loadedAt(context, known.offset, 'QuotaReserved');
    if (!isLoaded(found)) return found;
    if (found.event.content === command.content) return { kind: 'answer', reply: { type: 'Quota', outcome: 'held', limits: found.event.limits } };
    return refuse(new DocketError('already_exists', { reason: 'CALL_ID_REUSED', message: 'This call id was used for another call of the grant. Another call takes a new id.' }));
  }
  const limits = readAll(state, command.limits, context.nowMs);
  if (limits instanceof DocketError) return refuse(limits);
  if (limits.some(({ free_at_ms }) => free_at_ms > 0)) return { kind: 'answer', reply: { type: 'Quota', outcome: 'refused', limits } };
  const { scope, key, call_id, grant_id, content, server_id, tool, agent, actor } = command;
  const event: QuotaReserved = { type: 'QuotaReserved', scope, key, call_id, grant_id, content, server_id, tool, agent, limits, actor };
  return tooManyCounters(state, limits) ?? { kind: 'append', event };
}

/** How limits stand here now: advisory. */
export function readQuota(state: DecisionState, { limits }: ReadQuota, nowMs: number): Decision {
  const read = readAll(state, limits, nowMs);
  return { kind: 'advise', reply: read instanceof DocketError ? read : { type: 'Quota', outcome: 'read', limits: read } };
}

/**
 * Gives a call's share back, once, inside windows that have not ended. A call that has reserved nothing is marked, too: what it
 * sent may still be on its way. One that is too old to be remembered keeps its share.
 */
export function release(state: DecisionState, command: Release, context: Context, settings: DecisionSettings): Decision {
  const timeMs = acceptedTimeMs(command.call_id, context.nowMs, settings);
  if (timeMs instanceof DocketError) return timeMs.reason === 'CALL_ID_TOO_OLD' ? { kind: 'answer', reply: { type: 'Released', refunded: [] } } : refuse(timeMs);
  const known = state.reservations.get(reservationKey(command), timeMs);
  const { scope, key, call_id, grant_id, cause, actor } = command;
  const released = { type: 'QuotaReleased', scope, key, call_id, grant_id, cause } as const;
  if (known === undefined) return { kind: 'append', event: { ...released, refunds: [], refunded: [], actor } };
  if (known.released) {
    const found = loadedAt(context, known.offset, 'QuotaReleased');
    return isLoaded(found) ? { kind: 'answer', reply: { type: 'Released', refunded: found.event.refunded } } : found;
  }
  const found = loadedAt(context, known.offset, 'QuotaReserved');
  if (!isLoaded(found)) return found;
  const given = countersOf(found.event.limits).filter((one) => one.window_end_ms > context.nowMs && isGivenBack(one, cause));
  const refunds = given.map(({ counter, window_end_ms, amount }) => ({ counter, window_end_ms, amount }));
  const refunded = given.flatMap(({ counter, window_end_ms, amount }) => {
    const left = subtractExact(usedNow(state, counter, window_end_ms, context.nowMs), exact(amount));
    return found.event.limits.filter((one) => one.counter === counter).map((one) => readingAfter(one, scope, compareExact(left, 0) < 0 ? 0 : left));
  });
  return { kind: 'append', event: { ...released, refunds, refunded, actor } };
}

/** A call that was not let pass gives everything back; what was let pass, as its limits say. */
function isGivenBack({ refund }: ScopedLimit, cause: ReleaseCause): boolean {
  return cause === 'refused' || cause === 'aborted' || refund.includes(cause);
}

export function reserved(state: DecisionState, event: QuotaReserved, offset: number): void {
  for (const { counter, window_end_ms, amount } of countersOf(event.limits)) {
    (isSliding(counter) ? state.sliding : state.windows).add(window_end_ms, counter, exact(amount));
  }
  state.reservations.set(reservationKey(event), callIdTimeMs(event.call_id) ?? 0, { offset, released: false });
}

function readAll(state: DecisionState, limits: readonly AskedLimit[], nowMs: number): ScopedLimit[] | DocketError {
  const read: ScopedLimit[] = [];
  for (const limit of limits) {
    const window = windowOfKey(limit.window);
    const max = parseExactNumber(limit.limit);
    const amount = parseExactNumber(limit.amount);
    if (window === undefined || max === undefined || amount === undefined || isSliding(limit.counter) !== limit.sliding || compareExact(amount, 0) < 0) {
      return new DocketError('invalid_argument', { reason: 'INVALID_RESERVATION', message: 'The reservation names a window or an amount that is none.' });
    }
    const use = useOf(state, limit.counter, limit.sliding ? windowMs(window) : undefined, limit.sliding ? 0 : windowEndMs(window, nowMs), nowMs);
    read.push({
      ...limit, used: exactText(use.used), window_end_ms: use.endMs,
      resets_at_ms: limit.sliding ? Math.max(nowMs, use.sliding?.lastLeaveMs ?? 0) : use.endMs,
      free_at_ms: refusedUntilMs(use, max, amount, nowMs),
    });
  }
  return read;
}

function useOf(state: DecisionState, counter: string, slidingMs: number | undefined, endMs: number, nowMs: number): CounterUse {
  if (slidingMs === undefined) return { endMs, used: state.windows.used(endMs, counter), sliding: undefined };
  const sliding = state.sliding.find(counter);
  return { endMs: nowMs + slidingMs, used: sliding?.at(nowMs).used ?? 0, sliding };
}

function usedNow(state: DecisionState, counter: string, endMs: number, nowMs: number): ExactNumber {
  return isSliding(counter) ? (state.sliding.find(counter)?.at(nowMs).used ?? 0) : state.windows.used(endMs, counter);
}

function readingAfter(one: ScopedLimit, scope: WiderScope, used: ExactNumber): LimitReading {
  const { rule, name, window, sliding, limit, window_end_ms } = one;
  return {
    rule, counter: name, scope, window, sliding, limit, used: exactText(used), remaining: remaining(exact(limit), used), resets_at_ms: window_end_ms, refused: false,
  };
}

/** An amount of an event: written by `exactText`, checked by `decode`. */
function exact(amount: string): ExactNumber {
  return parseExactNumber(amount) ?? 0;
}
