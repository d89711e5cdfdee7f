import {
  type CompiledLimit, type CompiledTool, type ExactNumber, type ExactObject, SLIDING_ENTRIES_MAX, addExact, compareExact, exactText, subtractExact, windowEndMs,
} from '#policy';
import { type CountedCall, counterIdentity, counterName } from './counter-identity.js';
import type { Charge, LimitReading, ScopeAnswer, ScopeAsk } from './model.js';
import type { SlidingCounter } from './sliding-counter.js';
import type { DecisionState } from './state.js';

/** What the limits of one call say, and what it would take from them. */
export interface LimitsRuling {
  /** Every limit of the call, as it is after the verdict. */
  readonly readings: readonly LimitReading[];
  /** Empty unless every limit lets the call pass. */
  readonly charges: readonly Charge[];
  /** The first limit that this call can never pass, whatever was used: its amount is above `max`, or none (`isInvalid`). */
  readonly impossible: { readonly limit: CompiledLimit; readonly isInvalid: boolean } | undefined;
  /** The first limit that has not enough left. */
  readonly exceeded: CompiledLimit | undefined;
  /** The limit that will be the last of those to have enough, and when it will, ms since the epoch; 0 if all have. */
  readonly slowest: CompiledLimit | undefined;
  readonly retryAtMs: number;
  /** What of a wider scope has to be known before there is a ruling; then the rest says nothing. */
  readonly ask: ScopeAsk | undefined;
  /** How many calls such as this one the grant's own limits would let pass; Infinity where nobody asks. */
  readonly room: number;
}

export interface LimitedCall extends CountedCall {
  readonly args: ExactObject;
  /** What is known of wider scopes. */
  readonly scoped: readonly ScopeAnswer[];
}

/** A counter of this partition at some time. */
export interface CounterUse {
  /** End of the fixed window, or when an entry of now leaves the sliding one. */
  readonly endMs: number;
  readonly used: ExactNumber;
  readonly sliding: SlidingCounter | undefined;
}

/** A limit on a counter of this partition at the time of a call. */
export interface Touched extends CounterUse {
  readonly limit: CompiledLimit;
  readonly counter: string;
  /** What the call adds; undefined: `(invalid amount)`. */
  readonly amount: ExactNumber | undefined;
  refused: boolean;
}

/**
 * Judges all limits of a call, all or none. A call adds once to a counter, and each limit on that counter tests its own
 * `max`. `charged` false: the call continues one that was charged already, so nothing is tested against what is used.
 */
export function judgeLimits(state: DecisionState, entry: CompiledTool, call: LimitedCall, nowMs: number, charged: boolean): LimitsRuling {
  const { limits } = entry;
  const touched = new Array<Touched>(limits.length);
  let impossible: LimitsRuling['impossible'];
  let exceeded: CompiledLimit | undefined;
  let slowest: CompiledLimit | undefined;
  let retryAtMs = 0;
  for (let i = 0; i < limits.length; i++) {
    const limit = limits[i] as CompiledLimit;
    const one = touch(state, limit, call, limit.amountOf(call.args), nowMs);
    touched[i] = one;
    const { amount } = one;
    if (amount === undefined || compareExact(amount, limit.max) > 0) {
      one.refused = true;
      impossible ??= { limit, isInvalid: amount === undefined };
    } else if (charged) {
      const freeAtMs = refusedUntilMs(one, limit.max, amount, nowMs);
      if (freeAtMs === 0) continue;
      one.refused = true;
      exceeded ??= limit;
      if (freeAtMs > retryAtMs) {
        slowest = limit;
        retryAtMs = freeAtMs;
      }
    }
  }
  const adds = charged && impossible === undefined && exceeded === undefined;
  const readings = touched.map((one) => reading(one, call.tool, nowMs, adds));
  return { readings, charges: adds ? chargesOf(touched) : [], impossible, exceeded, slowest, retryAtMs, ask: undefined, room: Infinity };
}

/** The present state of the limits that a call would touch. `refused`: even the smallest call would be. */
export function readLimits(state: DecisionState, entry: CompiledTool, call: CountedCall, nowMs: number): readonly LimitReading[] {
  return entry.limits.map((limit) => {
    const one = touch(state, limit, call, limit.incrementFrom === '' ? 1 : 0, nowMs);
    one.refused = compareExact(one.amount ?? 0, limit.max) > 0 || refusedUntilMs(one, limit.max, one.amount ?? 0, nowMs) > 0;
    return reading(one, call.tool, nowMs, false);
  });
}

export function touch(state: DecisionState, limit: CompiledLimit, call: CountedCall, amount: ExactNumber | undefined, nowMs: number): Touched {
  const counter = counterIdentity(limit, call);
  if (limit.slidingMs !== undefined) {
    const sliding = state.sliding.find(counter);
    return { limit, counter, amount, endMs: nowMs + limit.slidingMs, used: sliding?.at(nowMs).used ?? 0, sliding, refused: false };
  }
  const endMs = windowEndMs(limit.window, nowMs);
  return { limit, counter, amount, endMs, used: state.windows.used(endMs, counter), sliding: undefined, refused: false };
}

/** When this limit would let the amount (≤ `max`) pass if nothing else came; 0 if it does now. */
export function refusedUntilMs({ endMs, used, sliding }: CounterUse, max: ExactNumber, amount: ExactNumber, nowMs: number): number {
  const over = compareExact(addExact(used, amount), max) > 0;
  if (sliding === undefined) return over ? endMs : 0;
  const enoughLeftMs = over ? sliding.whenLeft(subtractExact(addExact(used, amount), max), nowMs) : 0;
  if (sliding.at(nowMs).calls < SLIDING_ENTRIES_MAX) return enoughLeftMs;
  return Math.max(enoughLeftMs, sliding.firstLeaveAfter(nowMs));
}

/** One charge a counter, in the order of the limits. */
export function chargesOf(touched: readonly Touched[]): Charge[] {
  const charges: Charge[] = [];
  for (const { counter, endMs, limit, amount = 0 } of touched) {
    if (charges.some((charge) => charge.counter === counter)) continue;
    charges.push({ counter, window_end_ms: endMs, amount: exactText(amount), refund: limit.refund });
  }
  return charges;
}

export function reading(one: Touched, tool: string, nowMs: number, adds: boolean): LimitReading {
  const { limit, amount, refused } = one;
  const used = adds && amount !== undefined ? addExact(one.used, amount) : one.used;
  return {
    rule: limit.pointer,
    counter: counterName(limit, tool),
    scope: limit.scope,
    window: limit.windowKey,
    sliding: limit.sliding,
    limit: exactText(limit.max),
    used: exactText(used),
    remaining: remaining(limit.max, used),
    resets_at_ms: limit.slidingMs === undefined || adds ? one.endMs : Math.max(nowMs, one.sliding?.lastLeaveMs ?? 0),
    refused,
  };
}

/** Never below zero: a `max` may have been lowered under what is used. */
export function remaining(max: ExactNumber, used: ExactNumber): string {
  return compareExact(used, max) >= 0 ? '0' : exactText(subtractExact(max, used));
}
