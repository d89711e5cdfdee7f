/** Bounds on what clients may hold at once; what is beyond is refused with a clear answer, never queued. */
export interface EdgeLimits {
  readonly bodyBytesMax: number;
  readonly headersBytesMax: number;
  /** From the first byte of a request to the end of its headers, and of its body. */
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly connectionsMax: number;
  /** Requests under way, in all and of one grant. */
  readonly requestsMax: number;
  readonly requestsPerGrantMax: number;
  /** Streams without an end (subscriptions, sessions' own), in all and of one grant. */
  readonly streamsMax: number;
  readonly streamsPerGrantMax: number;
  readonly sessionsMax: number;
  readonly sessionsPerGrantMax: number;
  /** Without a request and without a stream. */
  readonly sessionIdleMs: number;
  /** Bodies that arrive, answers that wait for their reader, events kept for who comes back: in all, of one grant, of one stream. */
  readonly bufferedBytesMax: number;
  readonly bufferedBytesPerGrantMax: number;
  readonly bufferedBytesPerStreamMax: number;
  /** Of one stream of a session, for who comes back. */
  readonly replayEventsMax: number;
  readonly replayBytesMax: number;
  /** Without another event a stream gets a comment this often. */
  readonly keepAliveMs: number;
  /** A reader that takes nothing for so long is cut off; it has time beside that for what waits for it, at this rate. */
  readonly stallMs: number;
  readonly readerBytesPerSecondMin: number;
  /** An answer that takes longer becomes a stream, which can be kept alive. */
  readonly plainAnswerMs: number;
  /** For the client's answer to a request of the server. */
  readonly askTimeoutMs: number;
  readonly asksPerSessionMax: number;
  /** What a client is told to wait before it comes back, when a stream is ended here. */
  readonly retryMs: number;
}

const MIB = 1024 * 1024;

export const EDGE_LIMITS: EdgeLimits = {
  bodyBytesMax: 4 * MIB,
  headersBytesMax: 16 * 1024,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  connectionsMax: 8_192,
  requestsMax: 2_048,
  requestsPerGrantMax: 256,
  streamsMax: 4_096,
  streamsPerGrantMax: 64,
  sessionsMax: 8_192,
  sessionsPerGrantMax: 64,
  sessionIdleMs: 30 * 60_000,
  bufferedBytesMax: 256 * MIB,
  bufferedBytesPerGrantMax: 64 * MIB,
  bufferedBytesPerStreamMax: 16 * MIB,
  replayEventsMax: 256,
  replayBytesMax: MIB,
  keepAliveMs: 15_000,
  stallMs: 60_000,
  readerBytesPerSecondMin: 10_000,
  plainAnswerMs: 5_000,
  askTimeoutMs: 5 * 60_000,
  asksPerSessionMax: 32,
  retryMs: 1_000,
};
