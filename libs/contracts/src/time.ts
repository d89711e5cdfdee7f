/** google.protobuf.Timestamp and Duration from and to milliseconds. `msOf` reads both. */
export interface SecondsAndNanos { readonly seconds: number; readonly nanos: number }

/** Milliseconds since the epoch as a Timestamp. */
export function timestampOf(ms: number): SecondsAndNanos {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** Milliseconds (0 or more) as a Duration. */
export function durationOf(ms: number): SecondsAndNanos {
  return timestampOf(ms);
}

/** Milliseconds of a Timestamp or a Duration. */
export function msOf(time: { readonly seconds?: unknown; readonly nanos?: number }): number {
  return Number(time.seconds ?? 0) * 1000 + (time.nanos ?? 0) / 1e6;
}
