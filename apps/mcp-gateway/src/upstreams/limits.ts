import { MESSAGE_LIMITS, type JsonLimits } from '#mcp';

/** What an upstream may take of the gateway's memory and time. */
export interface UpstreamLimits {
  /** Of one message: an answer, a notification. */
  readonly message: JsonLimits;
  /** Of everything that one call brings, its notifications and answer together. */
  readonly callBytesMax: number;
  /** From the request to its answer, whatever comes in between. */
  readonly callMs: number;
  /** Without a single byte: of an answer's head, or of a stream while a call waits. */
  readonly silenceMs: number;
  /** What is needed to make a call, not the call itself: finding out the era, opening a session. */
  readonly setUpMs: number;
  /** How long it is believed what an upstream is and can do. */
  readonly beliefMs: number;
  /** A session that nobody has used for this long is closed. */
  readonly sessionIdleMs: number;
  /** Sessions with one upstream; the one that was used longest ago goes. */
  readonly sessionsMax: number;
  /** Calls to one upstream at once: what is more is refused. */
  readonly callsMax: number;
}

export const UPSTREAM_LIMITS: UpstreamLimits = {
  message: { ...MESSAGE_LIMITS, bytesMax: 8 * 1024 * 1024 },
  callBytesMax: 32 * 1024 * 1024,
  callMs: 600_000,
  silenceMs: 120_000,
  setUpMs: 30_000,
  beliefMs: 600_000,
  sessionIdleMs: 600_000,
  sessionsMax: 256,
  callsMax: 1_000,
};
