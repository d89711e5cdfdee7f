import { type CompiledLimit, type CompiledTool, type ExactNumber, type WiderScope, addExact, compareExact, exactText, parseExactNumber, subtractExact } from '#policy';
import { type CountedCall, counterIdentity, counterName } from './counter-identity.js';
import { type LimitedCall, type LimitsRuling, type Touched, chargesOf, reading, refusedUntilMs, touch } from './limits.js';
import type { AskedLimit, GrantSet, LimitReading, ScopeAnswer, ScopeAsk, ScopedLimit } from './model.js';
import type { DecisionState } from './state.js';

/** The order in which they are asked: the narrower one first. */
const SCOPES: readonly WiderScope[] = ['server', 'organisation'];

/** A limit of a wider scope at the time of a call. */
interface WiderTouched {
  readonly limit: CompiledLimit;
  readonly counter: string;
  readonly amount: ExactNumber | undefined;
  /** What its partition said; undefined: nothing that can be used. */
  said: ScopedLimit | undefined;
  refused: boolean;
}

type OneTouched = Touched | WiderTouched;

/** Where the counters of a wider scope live: the key of their partition. */
export function scopeKey(scope: WiderScope, { organisation, server_id }: Pick<GrantSet, 'organisation' | 'server_id'>): string {
  return scope === 'server' ? `${organisation}/${server_id}` : organisation;
}

/**
 * The same as `judgeLimits` for a call that wider limits concern too. Everything else is judged before anything is reserved, so
 * the first answer may be what has to be asked (`ask`), one scope at a time. `isTrial`: nothing is taken from any counter.
 */
export function judgeWithWider(state: DecisionState, entry: CompiledTool, call: LimitedCall, nowMs: number, charged: boolean, isTrial: boolean): LimitsRuling {
  const touched: OneTouched[] = entry.limits.map((limit) => {
    const amount = limit.amountOf(call.args);
    return limit.isWider ? { limit, counter: counterIdentity(limit, call), amount, said: undefined, refused: false } : touch(state, limit, call, amount, nowMs);
  });
  const freeAtMs = new Map<OneTouched, number>();
  let impossible: LimitsRuling['impossible'];
  let room = Infinity;
  for (const one of touched) {
    const { limit, amount } = one;
    if (amount === undefined || compareExact(amount, limit.max) > 0) {
      one.refused = true;
      impossible ??= { limit, isInvalid: amount === undefined };
    } else if (charged && !isWider(one)) {
      const untilMs = refusedUntilMs(one, limit.max, amount, nowMs);
      if (untilMs > 0) freeAtMs.set(one, untilMs);
      room = Math.min(room, roomOf(one, amount));
    }
  }
  let mayReserve = charged && !isTrial && impossible === undefined && freeAtMs.size === 0;
  for (const scope of SCOPES) {
    const ofScope = touched.filter((one): one is WiderTouched => isWider(one) && one.limit.scope === scope);
    if (ofScope.length === 0) continue;
    const answer = call.scoped.find((one) => one.scope === scope);
    for (const one of ofScope) one.said = answer && saidOf(answer, one, mayReserve);
    // Who is refused anyway goes without what could not be asked, or was held under another policy.
    const isKnown = answer !== undefined && (ofScope.every(({ said }) => said !== undefined) || (!mayReserve && answer.outcome !== 'refused' && answer.outcome !== 'read'));
    if (isKnown && charged) for (const one of ofScope) setFreeAt(one, answer, nowMs, freeAtMs);
    const isRefused = ofScope.some((one) => freeAtMs.has(one));
    // What was only looked at, or did not fit then and would now, is reserved before the call may pass.
    if (!isKnown || (mayReserve && answer.outcome !== 'held' && !(answer.outcome === 'refused' && isRefused))) {
      return { readings: [], charges: [], impossible: undefined, exceeded: undefined, slowest: undefined, retryAtMs: 0, ask: askOf(scope, mayReserve, ofScope, call), room };
    }
    if (isRefused) mayReserve = false;
  }
  let exceeded: CompiledLimit | undefined;
  let slowest: CompiledLimit | undefined;
  let retryAtMs = 0;
  for (const one of touched) {
    const untilMs = freeAtMs.get(one);
    if (untilMs === undefined) continue;
    one.refused = true;
    exceeded ??= one.limit;
    if (untilMs > retryAtMs) {
      slowest = one.limit;
      retryAtMs = untilMs;
    }
  }
  const adds = charged && impossible === undefined && exceeded === undefined;
  const own = touched.filter((one): one is Touched => !isWider(one));
  return { readings: readingsOf(touched, call, nowMs, adds), charges: adds ? chargesOf(own) : [], impossible, exceeded, slowest, retryAtMs, ask: undefined, room };
}

/** The present state of the limits that a call would touch, and what has to be asked for it. `refused`: even the smallest call would be. */
export function readWithWider(
  state: DecisionState, limits: readonly CompiledLimit[], call: CountedCall, scoped: readonly ScopeAnswer[], nowMs: number,
): { readonly readings: readonly LimitReading[]; readonly asks: readonly ScopeAsk[] } {
  const touched: OneTouched[] = limits.map((limit) => {
    const amount = limit.incrementFrom === '' ? 1 : 0;
    if (!limit.isWider) {
      const one = touch(state, limit, call, amount, nowMs);
      one.refused = compareExact(amount, limit.max) > 0 || refusedUntilMs(one, limit.max, amount, nowMs) > 0;
      return one;
    }
    const one: WiderTouched = { limit, counter: counterIdentity(limit, call), amount, said: undefined, refused: false };
    const answer = scoped.find(({ scope }) => scope === limit.scope);
    one.said = answer && saidOf(answer, one, false);
    one.refused = compareExact(amount, limit.max) > 0 || (one.said !== undefined && one.said.free_at_ms > 0);
    return one;
  });
  const unasked = SCOPES.filter((scope) => !scoped.some((answer) => answer.scope === scope));
  const asks = unasked.map((scope) => askOf(scope, false, touched.filter((one): one is WiderTouched => isWider(one) && one.limit.scope === scope), call));
  return { readings: readingsOf(touched, call, nowMs, false), asks: asks.filter(({ limits: asked }) => asked.length > 0) };
}

/** The question about these limits, which are of one scope. */
function askOf(scope: WiderScope, isReserving: boolean, touched: readonly WiderTouched[], call: CountedCall): ScopeAsk {
  const limits = new Map<string, AskedLimit>();
  for (const { limit, counter, amount } of touched) {
    const asked: AskedLimit = {
      rule: limit.pointer, name: counterName(limit, call.tool), counter, window: limit.windowKey, sliding: limit.sliding, limit: exactText(limit.max),
      amount: exactText(amount ?? 0), refund: limit.refund,
    };
    limits.set(JSON.stringify([counter, asked.limit, asked.amount]), asked);
  }
  return { scope, key: scopeKey(scope, call.grant), mode: isReserving ? 'reserve' : 'read', server_id: call.grant.server_id, limits: [...limits.values()] };
}

function isWider(one: OneTouched): one is WiderTouched {
  return 'said' in one;
}

/** What was said of this limit. Of one that is held, another `max` may be asked about since: what is taken is taken. */
function saidOf(answer: ScopeAnswer, { limit, counter, amount }: WiderTouched, mayReserve: boolean): ScopedLimit | undefined {
  const max = exactText(limit.max);
  const adds = exactText(amount ?? 0);
  const same = answer.limits.filter((one) => one.counter === counter && one.amount === adds);
  return same.find((one) => one.limit === max) ?? (answer.outcome === 'held' || !mayReserve ? same[0] : undefined);
}

/** When this limit would let the call pass, if it does not now. */
function setFreeAt(one: WiderTouched, answer: ScopeAnswer, nowMs: number, freeAtMs: Map<OneTouched, number>): void {
  const { said, amount, limit } = one;
  if (said === undefined || amount === undefined || compareExact(amount, limit.max) > 0) return;
  const isOver = compareExact(addExact(exact(said.used), amount), limit.max) > 0;
  const saidSo = answer.outcome !== 'held' && said.limit === exactText(limit.max) ? said.free_at_ms : 0;
  if (!isOver && saidSo === 0) return;
  // That partition's clock may be behind this one's.
  freeAtMs.set(one, Math.max(nowMs + 1, saidSo > 0 ? saidSo : said.window_end_ms));
}

function roomOf({ limit, used }: Touched, amount: ExactNumber): number {
  // Of amounts the next call may be the larger one.
  if (limit.incrementFrom !== '') return 1;
  const left = subtractExact(limit.max, used);
  return typeof left === 'number' && amount === 1 ? Math.max(0, left) : 1;
}

function readingsOf(touched: readonly OneTouched[], call: CountedCall, nowMs: number, adds: boolean): LimitReading[] {
  const readings: LimitReading[] = [];
  for (const one of touched) {
    if (!isWider(one)) readings.push(reading(one, call.tool, nowMs, adds));
    else if (one.said !== undefined) readings.push(widerReading(one, one.said, call.tool, adds));
  }
  return readings;
}

function widerReading({ limit, amount = 0, refused }: WiderTouched, said: ScopedLimit, tool: string, adds: boolean): LimitReading {
  const used = adds ? addExact(exact(said.used), amount) : exact(said.used);
  return {
    rule: limit.pointer, counter: counterName(limit, tool), scope: limit.scope, window: limit.windowKey, sliding: limit.sliding,
    limit: exactText(limit.max), used: exactText(used), remaining: compareExact(used, limit.max) >= 0 ? '0' : exactText(subtractExact(limit.max, used)),
    resets_at_ms: adds ? said.window_end_ms : said.resets_at_ms, refused,
  };
}

/** An amount of an event or an answer: written by `exactText`, checked where it came in. */
function exact(amount: string): ExactNumber {
  return parseExactNumber(amount) ?? 0;
}
