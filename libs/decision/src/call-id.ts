import { DocketError } from '#errors';
import type { DecisionSettings } from './model.js';

const DASH = 45, ZERO = 48, NINE = 57, LOWER_A = 97, LOWER_F = 102, LENGTH = 36;

/**
 * The time inside a UUID version 7 (RFC 9562) in its canonical lower-case spelling, ms since the epoch; undefined for
 * any other text. On every call's path twice, hence by hand.
 */
export function callIdTimeMs(id: string): number | undefined {
  if (id.length !== LENGTH || id.charCodeAt(14) !== 55) return undefined;
  let timeMs = 0;
  for (let i = 0; i < LENGTH; i++) {
    const c = id.charCodeAt(i);
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (c !== DASH) return undefined;
      continue;
    }
    const digit = c >= ZERO && c <= NINE ? c - ZERO : c >= LOWER_A && c <= LOWER_F ? c - LOWER_A + 10 : -1;
    if (digit < 0 || (i === 19 && (digit < 8 || digit > 11))) return undefined;
    if (i < 13) timeMs = timeMs * 16 + digit;
  }
  return timeMs;
}

/**
 * The id's own time, if an id of that time can still be decided, settled or looked up: so no id is ever decided twice
 * with bounded memory (design.md 2.4).
 */
export function acceptedTimeMs(id: string, nowMs: number, settings: DecisionSettings, field = 'call_id'): number | DocketError {
  const timeMs = callIdTimeMs(id);
  if (timeMs === undefined) {
    return new DocketError('invalid_argument', {
      reason: 'CALL_ID_INVALID',
      message: `\`${field}\` is not a UUID version 7 in lower case.`,
      violations: [{ field, description: 'expected a UUID version 7 in lower case' }],
    });
  }
  const metadata = { server_time_ms: String(nowMs), id_time_ms: String(timeMs) };
  if (timeMs < nowMs - settings.callIdMemoryMs) {
    return new DocketError('failed_precondition', {
      reason: 'CALL_ID_TOO_OLD',
      message: `The time in \`${field}\` is more than ${settings.callIdMemoryMs / 1_000} seconds ago. A call that was not decided then takes a new id.`,
      metadata,
    });
  }
  if (timeMs > nowMs + settings.callIdAheadMs) {
    return new DocketError('invalid_argument', {
      reason: 'CALL_ID_IN_FUTURE',
      message: `The time in \`${field}\` is more than ${settings.callIdAheadMs / 1_000} seconds ahead of the server's clock.`,
      metadata,
      violations: [{ field, description: 'expected an id made at about the present time' }],
    });
  }
  return timeMs;
}
