/** Bounds and times of one ledger; every queue is bounded, by count and by bytes. */
export interface LedgerLimits {
  /** Largest encoded event; a command that could exceed it is refused before it is decided. */
  readonly eventBytesMax: number;
  /** One append request, all partitions together. */
  readonly requestRecordsMax: number;
  readonly requestBytesMax: number;
  /** One partition's share of a request (Kafka: `max.message.bytes` bounds it). */
  readonly batchRecordsMax: number;
  readonly batchBytesMax: number;
  /** Commands waiting for their reply: of one partition, and of all. */
  readonly partitionPendingMax: number;
  readonly partitionPendingBytesMax: number;
  readonly pendingMax: number;
  readonly pendingBytesMax: number;
  readonly appendTimeoutMs: number;
  readonly claimTimeoutMs: number;
  /** How many claims may be on their way at once, each on its own connection. */
  readonly claimConnectionsMax: number;
  /** How often an owner with nothing to append looks at the log's end. */
  readonly idleCheckMs: number;
  /** How often a standby reads on, and how often an owner that should not be one any more looks whether it has been replaced. */
  readonly standbyPollMs: number;
  /** How often waiting commands are looked through while nothing can be decided. */
  readonly sweepMs: number;
  /** How far wall clock, monotonic clock and the log's clock may be apart. */
  readonly clockToleranceMs: number;
  /** Random wait before another claim: between min and a bound that doubles up to max. */
  readonly backOffMinMs: number;
  readonly backOffMaxMs: number;
  /** Commands wait this long for a partition to be claimed, then UNAVAILABLE. */
  readonly waitForOwnerMs: number;
  /** A node that leaves waits so long for each answer of those it leaves partitions to, and for the others to have shared everything anew. */
  readonly handOverStepMs: number;
  /** For commands that name no deadline. */
  readonly defaultDeadlineMs: number;
  /** How long `stop` waits for what is pending. */
  readonly drainMs: number;
  /** How long `stop` may take over its last snapshots, which only make the next start faster. */
  readonly finalSnapshotsMs: number;
  /** What callers are told to wait: while nobody decides, and at least, give or take a half, when a queue is full. */
  readonly retryAfterMs: number;
  readonly snapshotEveryEvents: number;
  readonly readBytesMax: number;
  readonly readRecordsMax: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: LedgerLimits = {
  eventBytesMax: 2 * MIB,
  requestRecordsMax: 10_000,
  requestBytesMax: 16 * MIB,
  batchRecordsMax: 5_000,
  batchBytesMax: 3 * MIB,
  partitionPendingMax: 20_000,
  // Counted by what an event may take at most, some 35 KiB for a small call that takes 2.
  partitionPendingBytesMax: 256 * MIB,
  pendingMax: 100_000,
  pendingBytesMax: 512 * MIB,
  appendTimeoutMs: 5_000,
  claimTimeoutMs: 5_000,
  claimConnectionsMax: 8,
  idleCheckMs: 1_000,
  standbyPollMs: 200,
  sweepMs: 100,
  clockToleranceMs: 5_000,
  backOffMinMs: 50,
  backOffMaxMs: 5_000,
  waitForOwnerMs: 3_000,
  handOverStepMs: 2_000,
  defaultDeadlineMs: 10_000,
  drainMs: 10_000,
  finalSnapshotsMs: 2_000,
  retryAfterMs: 100,
  snapshotEveryEvents: 10_000,
  readBytesMax: MIB,
  readRecordsMax: 1_000,
};
