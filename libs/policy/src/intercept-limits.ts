import type { ExactJson } from './exact-json.js';
import { Decimal, type ExactNumber, compareExact, subtractExact } from './exact-number.js';
import { isAmount } from './amount.js';
import { Fields, isName } from './fields.js';
import { PATH_EXPECTED, parsePath } from './path.js';
import { CALENDAR_WINDOWS, COUNTER_LENGTH_MAX, LIMIT_MAX, type Limit, type NamedWindow } from './policy.js';
import { describe, oneOf } from './problems.js';
import type { Reading } from './reading.js';

/** How Intercept names the counters of its rules for every tool. */
export const GLOBAL = '_global';

/** A counter that a rule's `state` defines. */
export interface Counter {
  /** Tool, or GLOBAL. */
  readonly scope: string;
  readonly name: string;
  readonly window: NamedWindow;
  /** What each call adds. */
  readonly increment: number;
  readonly increment_from: string | undefined;
  readonly pointer: string;
}

export interface RateLimit {
  readonly counter: Counter;
  readonly max: number;
}

/** Counters by scope and name. */
export class Counters {
  private readonly known = new Map<string, Counter>();
  private readonly limited = new Set<Counter>();

  constructor(private readonly reading: Reading) {}

  define(counter: Counter): void {
    const key = JSON.stringify([counter.scope, counter.name]);
    const before = this.known.get(key);
    if (before === undefined) this.known.set(key, counter);
    else this.reading.problems.add(counter.pointer, `a second counter ${describe(counter.name)} of this tool`, `another name, since ${before.pointer} defines it`);
  }

  find(scope: string, name: string): Counter | undefined {
    return this.known.get(JSON.stringify([scope, name]));
  }

  /** The limit that a condition on a counter comes to; undefined if it was reported. */
  limit(counter: Counter, max: ExactNumber | undefined, pointer: string): Limit | undefined {
    this.limited.add(counter);
    const name = `${counter.scope}.${counter.name}`;
    if (name.length > COUNTER_LENGTH_MAX) this.reading.problems.add(pointer, `a counter named ${describe(name)}`, `at most ${COUNTER_LENGTH_MAX} characters`);
    if (max === undefined || name.length > COUNTER_LENGTH_MAX) return undefined;
    const { window, increment_from } = counter;
    return this.reading.written.limit(
      { counter: name, window, sliding: false, max, increment_from, scope: 'grant', refund: ['not_sent'], extensions: new Map() }, pointer,
    );
  }

  warnOfUnlimited(): void {
    for (const counter of this.known.values()) {
      if (!this.limited.has(counter)) this.reading.problems.warn(counter.pointer, 'no condition tests this counter, so it limits nothing and is left out; add a condition on it');
    }
  }
}

/** A rule's `state`; undefined if there is none or it was reported. */
export function readState(rule: Fields, scope: string, reading: Reading): Counter | undefined {
  const value = rule.get('state');
  if (value === undefined || value === null) return undefined;
  const fields = Fields.of(value, rule.at('state'), reading.problems, 'a counter: {counter, window, increment or increment_from}');
  if (fields === undefined) return undefined;
  const name = fields.get('counter');
  if (!isName(name, COUNTER_LENGTH_MAX)) fields.wrong('counter', `a name of 1 to ${COUNTER_LENGTH_MAX} printable characters`);
  const window = fields.choice('window', CALENDAR_WINDOWS);
  const increment = fields.getOr('increment', 1);
  const counts = typeof increment === 'number' && increment >= 1 && increment <= LIMIT_MAX;
  if (!counts) fields.wrong('increment', `an integer from 1 to ${LIMIT_MAX}`);
  const from = fields.get('increment_from');
  const path = typeof from === 'string' ? parsePath(from) : undefined;
  if (from !== undefined && (path === undefined || path.hasElements)) fields.wrong('increment_from', `${PATH_EXPECTED}; without \`*\``);
  fields.finish();
  if (!isName(name, COUNTER_LENGTH_MAX) || window === undefined || !counts) return undefined;
  return { scope, name, window, increment, increment_from: from as string | undefined, pointer: fields.pointer };
}

/** `5/hour`, as Intercept reads it: a counter of its own, and how many calls it lets pass. */
export function readRateLimit(rule: Fields, scope: string): RateLimit | undefined {
  const value = rule.get('rate_limit');
  if (value === undefined) return undefined;
  const [, digits, window] = (typeof value === 'string' ? /^([1-9][0-9]{0,15})\/([a-z]+)$/.exec(value) : null) ?? [];
  const max = Number(digits);
  if (!CALENDAR_WINDOWS.some((name) => name === window) || !(max <= LIMIT_MAX)) return rule.wrong('rate_limit', `"N/window" with N from 1 and a window of ${oneOf(CALENDAR_WINDOWS)}`);
  const counter: Counter = { scope, name: `_rate_${window}`, window: window as NamedWindow, increment: 1, increment_from: undefined, pointer: rule.at('rate_limit') };
  return { counter, max };
}

/**
 * What `lte N` or `lt N` on a counter lets pass. Calls that each add `increment` to a counter may be so many as fit:
 * a limit counts the calls. Of amounts, `lt N` is N − 1 (policy.md 5), which is stricter where they have fractions.
 */
export function maxOf(op: string, value: ExactJson, counter: Counter): ExactNumber | undefined {
  if ((op !== 'lt' && op !== 'lte') || !(typeof value === 'number' || value instanceof Decimal)) return undefined;
  if (counter.increment_from !== undefined) {
    const max = op === 'lte' || compareExact(value, 1) < 0 ? value : subtractExact(value, 1);
    return isAmount(max) && (op === 'lte' || compareExact(value, 1) >= 0) ? max : undefined;
  }
  if (typeof value !== 'number') return undefined;
  const most = Math.floor((op === 'lte' ? value : value - 1) / counter.increment);
  return most >= 0 && most <= LIMIT_MAX ? most : undefined;
}

