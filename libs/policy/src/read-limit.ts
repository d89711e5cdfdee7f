import type { ExactJson } from './exact-json.js';
import { Decimal, type ExactNumber } from './exact-number.js';
import { Fields, isName } from './fields.js';
import { isAmount } from './amount.js';
import { PATH_EXPECTED, parsePath } from './path.js';
import {
  AMOUNT_DECIMALS_MAX, CALENDAR_WINDOWS, COUNTER_LENGTH_MAX, LIMIT_MAX, LIMIT_SCOPES, type Limit, type NamedWindow, REFUND_OUTCOMES,
  type RefundOutcome, SLIDING_ENTRIES_MAX, WINDOW_SECONDS_MAX, type Window,
} from './policy.js';
import { type Problems, describe, oneOf } from './problems.js';

const MAX_EXPECTED = `an integer from 0 to ${LIMIT_MAX}`;
const AMOUNT_EXPECTED = `a number from 0 to ${LIMIT_MAX} with at most ${AMOUNT_DECIMALS_MAX} decimals`;
const SECONDS_EXPECTED = `an integer from 1 to ${WINDOW_SECONDS_MAX}`;
const WINDOW_EXPECTED = `${oneOf(CALENDAR_WINDOWS)}, or {"seconds": n}`;

/** One of a tool's or of all tools' limits; only a tool's may add `amounts`. Undefined if anything about it was reported. */
export function readLimit(value: ExactJson, pointer: string, problems: Problems, amounts: boolean): Limit | undefined {
  const fields = Fields.of(value, pointer, problems, 'a limit: {"counter", "window", "max"}');
  if (fields === undefined) return undefined;
  const counter = fields.get('counter');
  if (!isName(counter, COUNTER_LENGTH_MAX)) fields.wrong('counter', `a name of 1 to ${COUNTER_LENGTH_MAX} printable characters`);
  const window = readWindow(fields);
  const increment_from = readIncrementFrom(fields, amounts);
  const max = readMax(fields, increment_from !== undefined);
  const scope = fields.choice('scope', LIMIT_SCOPES, 'grant');
  const refund = readRefund(fields);
  const sliding = readSliding(fields, window, increment_from === undefined ? max : undefined);
  const extensions = fields.finish();
  if (!isName(counter, COUNTER_LENGTH_MAX) || window === undefined || max === undefined || scope === undefined || refund === undefined || sliding === undefined) return undefined;
  return { counter, window, sliding, max, increment_from, scope, refund, extensions };
}

function readWindow(fields: Fields): Window | undefined {
  const value = fields.get('window');
  const named = CALENDAR_WINDOWS.find((name) => name === value);
  if (named !== undefined) return named;
  if (!(value instanceof Map)) return fields.wrong('window', WINDOW_EXPECTED);
  const inner = Fields.of(value, fields.at('window'), fields.problems, WINDOW_EXPECTED) as Fields;
  const seconds = readSeconds(inner, 'seconds');
  // An extension here would have to be kept with the window; nobody needs one.
  for (const key of inner.finish().keys()) fields.problems.add(inner.at(key), `the unknown key ${describe(key)}`, '"seconds"');
  return seconds === undefined ? undefined : { seconds };
}

export function readSeconds(fields: Fields, key: string): number | undefined {
  const value = fields.get(key);
  return typeof value === 'number' && value >= 1 && value <= WINDOW_SECONDS_MAX ? value : fields.wrong(key, SECONDS_EXPECTED);
}

/** A decimal only if the limit adds amounts. */
export function readMax(fields: Fields, decimals: boolean): ExactNumber | undefined {
  const value = fields.get('max');
  if (typeof value === 'number' && value >= 0 && value <= LIMIT_MAX) return value;
  if (!(value instanceof Decimal) || !decimals) return fields.wrong('max', decimals ? AMOUNT_EXPECTED : MAX_EXPECTED);
  return isAmount(value) ? value : fields.wrong('max', AMOUNT_EXPECTED);
}

function readIncrementFrom(fields: Fields, amounts: boolean): string | undefined {
  const value = fields.get('increment_from');
  if (value === undefined) return undefined;
  if (!amounts) {
    fields.problems.add(fields.at('increment_from'), describe(value), 'no `increment_from`: limits over all tools count calls; put it on the tools that have the argument');
    return undefined;
  }
  const path = typeof value === 'string' ? parsePath(value) : undefined;
  if (path !== undefined && !path.hasElements) return value as string;
  // Something was meant here, so `max` may be a decimal: one problem, not two.
  fields.wrong('increment_from', `${PATH_EXPECTED}; without \`*\``);
  return '';
}

function readSliding(fields: Fields, window: Window | undefined, calls: ExactNumber | undefined): boolean | undefined {
  const value = fields.getOr('sliding', false);
  if (typeof value !== 'boolean') return fields.wrong('sliding', 'true or false');
  if (value && window === 'month') {
    fields.problems.add(fields.at('sliding'), 'a sliding month', 'a window of a fixed length: {"seconds": 2592000} is 30 days');
  }
  if (value && typeof calls === 'number' && calls > SLIDING_ENTRIES_MAX) {
    fields.problems.add(fields.at('max'), describe(calls), `at most ${SLIDING_ENTRIES_MAX} calls in a sliding window, since each of them is remembered; or a fixed window`);
  }
  return value;
}

function readRefund(fields: Fields): readonly RefundOutcome[] | undefined {
  const value = fields.get('refund');
  if (value === undefined) return ['not_sent'];
  const known = Array.isArray(value) && value.every((outcome) => REFUND_OUTCOMES.some((one) => one === outcome));
  if (!known || !value.includes('not_sent')) return fields.wrong('refund', '["not_sent"] or ["not_sent", "failed"]');
  return REFUND_OUTCOMES.filter((outcome) => value.includes(outcome));
}

/** `"10/minute"` or `{"max": 10, "window": 60}`: sugar for one limit, per session and tool called. */
export function readRateLimit(tool: Fields, counter: string): Limit | undefined {
  const value = tool.get('rate_limit');
  if (value === undefined) return undefined;
  const expected = `"N/window" with a window of ${oneOf(CALENDAR_WINDOWS)}, or {"max": N, "window": seconds}`;
  if (typeof value === 'string') {
    const [, digits, unit] = /^([0-9]{1,16})\/([a-z]+)$/.exec(value) ?? [];
    const max = Number(digits);
    if (!CALENDAR_WINDOWS.some((name) => name === unit) || !(max <= LIMIT_MAX)) return tool.wrong('rate_limit', expected);
    return { counter, window: unit as NamedWindow, sliding: false, max, increment_from: undefined, scope: 'session', refund: ['not_sent'], extensions: new Map() };
  }
  const fields = Fields.of(value, tool.at('rate_limit'), tool.problems, expected);
  if (fields === undefined) return undefined;
  const max = readMax(fields, false);
  const seconds = readSeconds(fields, 'window');
  const extensions = fields.finish();
  if (max === undefined || seconds === undefined) return undefined;
  return { counter, window: { seconds }, sliding: false, max, increment_from: undefined, scope: 'session', refund: ['not_sent'], extensions };
}
