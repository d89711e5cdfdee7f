import type { ExactJson } from './exact-json.js';
import { Decimal, type ExactNumber } from './exact-number.js';
import { Fields, isName } from './fields.js';
import {
  CALENDAR_WINDOWS, COUNTER_LENGTH_MAX, LIMIT_MAX, LIMIT_SCOPES, type Limit, type LimitScope, type NamedWindow, REFUND_OUTCOMES,
  type RefundOutcome, WINDOW_SECONDS_MAX, type Window,
} from './policy.js';
import { type Problems, describe, oneOf } from './problems.js';

const LATER_SCOPES = ['server', 'organisation'];
const MAX_EXPECTED = `an integer from 0 to ${LIMIT_MAX}`;
const SECONDS_EXPECTED = `an integer from 1 to ${WINDOW_SECONDS_MAX}`;
const WINDOW_EXPECTED = `${oneOf(CALENDAR_WINDOWS)}, or {"seconds": n}`;

/** One of a tool's or of all tools' limits; undefined if anything about it was reported. */
export function readLimit(value: ExactJson, pointer: string, problems: Problems): Limit | undefined {
  const fields = Fields.of(value, pointer, problems, 'a limit: {"counter", "window", "max"}');
  if (fields === undefined) return undefined;
  const counter = fields.get('counter');
  if (!isName(counter, COUNTER_LENGTH_MAX)) fields.wrong('counter', `a name of 1 to ${COUNTER_LENGTH_MAX} printable characters`);
  const window = readWindow(fields);
  const max = readMax(fields);
  const scope = readScope(fields);
  const refund = readRefund(fields);
  fields.notSupported(['increment_from'], 'a limit that counts calls');
  const sliding = fields.get('sliding');
  if (sliding === true) problems.notSupported(fields.at('sliding'), '`sliding` windows are', 'true', 'a fixed window');
  else if (sliding !== undefined && sliding !== false) fields.wrong('sliding', 'true or false');
  const extensions = fields.finish();
  if (!isName(counter, COUNTER_LENGTH_MAX) || window === undefined || max === undefined || scope === undefined || refund === undefined) return undefined;
  return { counter, window, sliding: false, max, increment_from: undefined, scope, refund, extensions };
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

export function readMax(fields: Fields): ExactNumber | undefined {
  const value = fields.get('max');
  if (typeof value === 'number' && value >= 0 && value <= LIMIT_MAX) return value;
  if (value instanceof Decimal && value.exponent < 0 && !value.negative) {
    fields.problems.notSupported(fields.at('max'), 'a `max` with decimals is', describe(value), MAX_EXPECTED);
    return undefined;
  }
  return fields.wrong('max', MAX_EXPECTED);
}

function readScope(fields: Fields): LimitScope | undefined {
  const value = fields.get('scope');
  const later = LATER_SCOPES.find((scope) => scope === value);
  if (later === undefined) return fields.choice('scope', LIMIT_SCOPES, 'grant');
  fields.problems.notSupported(fields.at('scope'), `the scope \`${later}\` is`, describe(later), oneOf(LIMIT_SCOPES));
  return undefined;
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
  const max = readMax(fields);
  const seconds = readSeconds(fields, 'window');
  const extensions = fields.finish();
  if (max === undefined || seconds === undefined) return undefined;
  return { counter, window: { seconds }, sliding: false, max, increment_from: undefined, scope: 'session', refund: ['not_sent'], extensions };
}
