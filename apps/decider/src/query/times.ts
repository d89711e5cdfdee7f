import { timestampOf } from '#contracts';
import type { SecondsAndNanos } from '#contracts';

/** A column as a Timestamp; null for none. */
export function timestamp(time: Date | null): SecondsAndNanos | null {
  return time === null ? null : timestampOf(time.getTime());
}

/** As a sort key: exact, and the same text on every machine. */
export function isoTime(time: Date): string {
  return time.toISOString();
}
