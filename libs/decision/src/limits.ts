import { type CompiledLimit, type CompiledTool, type ExactNumber, addExact, compareExact, exactText, subtractExact, windowEndMs } from '#policy';
import type { Charge, GrantSet, LimitReading } from './model.js';
import type { DecisionState } from './state.js';

/** What the limits of one call say, and what it would take from them. */
export interface LimitsRuling {
  /** Every limit of the call, as it is after the verdict. */
  readonly readings: readonly LimitReading[];
  /** Empty unless every limit lets the call pass. */
  readonly charges: readonly Charge[];
  /** The first limit that this call can never pass, whatever was used. */
  readonly impossible: CompiledLimit | undefined;
  /** The first limit that is used up. */
  readonly exceeded: CompiledLimit | undefined;
  /** When the last of those that are used up begins anew, ms since the epoch; 0 if none is. */
  readonly retryAtMs: number;
}

export interface LimitedCall {
  readonly grant: GrantSet;
  readonly tool: string;
  readonly session_id: string;
}

/** A limit at the time of a call. */
interface Touched {
  readonly limit: CompiledLimit;
  readonly counter: string;
  readonly endMs: number;
  readonly used: ExactNumber;
  readonly refused: boolean;
}

/** Limits count calls. */
const AMOUNT = 1;

/**
 * Judges all limits of a call, all or none. A call adds once to a counter, and each limit on that counter tests its own
 * `max`. `charged` false: the call continues one that was charged already, so nothing is tested against what is used.
 */
export function judgeLimits(state: DecisionState, entry: CompiledTool, call: LimitedCall, nowMs: number, charged: boolean): LimitsRuling {
  const touched: Touched[] = [];
  let impossible: CompiledLimit | undefined;
  let exceeded: CompiledLimit | undefined;
  let retryAtMs = 0;
  for (const limit of entry.limits) {
    const one = touch(state, limit, call, nowMs, charged);
    touched.push(one);
    if (!one.refused) continue;
    if (compareExact(AMOUNT, limit.max) > 0) impossible ??= limit;
    else {
      exceeded ??= limit;
      if (one.endMs > retryAtMs) retryAtMs = one.endMs;
    }
  }
  const adds = charged && impossible === undefined && exceeded === undefined;
  const readings = touched.map((one) => reading(one, call.tool, adds ? addExact(one.used, AMOUNT) : one.used));
  return { readings, charges: adds ? chargesOf(touched) : [], impossible, exceeded, retryAtMs };
}

/** The present state of the limits that a call would touch; `refused` if it would be. */
export function readLimits(state: DecisionState, entry: CompiledTool, call: LimitedCall, nowMs: number): readonly LimitReading[] {
  return entry.limits.map((limit) => {
    const one = touch(state, limit, call, nowMs, true);
    return reading(one, call.tool, one.used);
  });
}

function touch(state: DecisionState, limit: CompiledLimit, call: LimitedCall, nowMs: number, charged: boolean): Touched {
  const counter = counterIdentity(limit, call);
  const endMs = windowEndMs(limit.window, nowMs);
  const used = state.windows.used(endMs, counter);
  return { limit, counter, endMs, used, refused: compareExact(charged ? addExact(used, AMOUNT) : AMOUNT, limit.max) > 0 };
}

/** One charge a counter, in the order of the limits. */
function chargesOf(touched: readonly Touched[]): Charge[] {
  const charges: Charge[] = [];
  for (const { counter, endMs, limit } of touched) {
    if (charges.some((charge) => charge.counter === counter)) continue;
    charges.push({ counter, window_end_ms: endMs, amount: exactText(AMOUNT), refund: limit.refund });
  }
  return charges;
}

function reading({ limit, endMs, refused }: Touched, tool: string, used: ExactNumber): LimitReading {
  return {
    rule: limit.pointer,
    counter: counterName(limit, tool),
    scope: limit.scope,
    window: limit.windowKey,
    sliding: limit.sliding,
    limit: exactText(limit.max),
    used: exactText(used),
    remaining: remaining(limit.max, used),
    resets_at_ms: endMs,
    refused,
  };
}

/** Never below zero: a `max` may have been lowered under what is used. */
export function remaining(max: ExactNumber, used: ExactNumber): string {
  return compareExact(used, max) >= 0 ? '0' : exactText(subtractExact(max, used));
}

function counterName(limit: CompiledLimit, tool: string): string {
  return limit.perTool ? `rate_limit:${tool}` : limit.counter;
}

/** The counter's identity (policy.md 3) as a JSON array: server, scope, the scope's key, counter, window, sliding. */
function counterIdentity(limit: CompiledLimit, call: LimitedCall): string {
  const grant = JSON.stringify(call.grant.grant_id);
  const key = limit.scope === 'session' ? `[${grant},${JSON.stringify(call.session_id)}]` : grant;
  return `[${JSON.stringify(call.grant.server_id)},"${limit.scope}",${key},${JSON.stringify(counterName(limit, call.tool))},"${limit.windowKey}",false]`;
}

/** Whether a reading is of this counter, for settling. */
export function isReadingOf(one: LimitReading, counter: string): boolean {
  const [, scope, , name, window] = JSON.parse(counter) as readonly unknown[];
  return one.scope === scope && one.counter === name && one.window === window;
}
