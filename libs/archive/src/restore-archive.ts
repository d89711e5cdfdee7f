import { DocketError } from '#errors';
import type { EventLog, LogAppender, TopicPartition, TopicSettings } from '#ledger';
import type { Archive, ArchivedRange } from './archive.js';

/** One request: well below what a broker takes. */
const READ = { maxBytes: 1024 * 1024, maxRecords: 2_000 };
const APPEND_TIMEOUT_MS = 30_000;

export interface RestoreArchiveOptions {
  readonly archive: Archive;
  /** Empty, or holding the beginning of the archive and nothing else; nobody else writes to it. */
  readonly log: EventLog;
  /** Records that are in the log by now, since it was called last. */
  readonly onProgress?: (records: number) => void;
  readonly signal?: AbortSignal;
}

export interface RestoredRange extends TopicPartition {
  /** What was there already, of an earlier try. */
  readonly found: number;
  readonly written: number;
}

/**
 * Writes archived records into a log, byte for byte and each at its own offset, so that hashes, receipts and everything that names an
 * offset are as they were; only the log's own times are new. Topics are made where they are missing. It goes on where an earlier try
 * ended, and never sends a record twice. Rejects with DocketError: ARCHIVE_NOT_WHOLE (it does not begin at the first record),
 * LOG_NOT_EMPTY (the log holds something else), RESTORE_INTERRUPTED (unavailable: the log did not answer; try again).
 */
export async function restoreArchive({ archive, log, onProgress, signal }: RestoreArchiveOptions): Promise<RestoredRange[]> {
  const ranges = archive.ranges();
  for (const range of ranges) if (range.firstOffset !== 0) throw notWhole(range);
  await log.prepare(topicsOf(ranges));
  const appender = log.openAppender();
  try {
    const restored: RestoredRange[] = [];
    // All are looked at before anything is written.
    const found = await Promise.all(ranges.map((range) => beginningIn(log, archive, range)));
    for (const [index, range] of ranges.entries()) {
      onProgress?.(found[index]!);
      await write(appender, archive, range, found[index]!, onProgress, signal);
      restored.push({ topic: range.topic, partition: range.partition, found: found[index]!, written: range.endOffset - found[index]! });
    }
    return restored;
  } finally {
    await appender.close();
  }
}

function topicsOf(ranges: readonly ArchivedRange[]): TopicSettings[] {
  const partitions = new Map<string, number>();
  for (const { topic, partition } of ranges) partitions.set(topic, Math.max(partitions.get(topic) ?? 0, partition + 1));
  return [...partitions].map(([topic, count]) => ({ topic, partitions: count }));
}

/** How much of the range the log holds already. */
async function beginningIn(log: EventLog, archive: Archive, range: ArchivedRange): Promise<number> {
  const end = await log.endOffset(range);
  if (end > range.endOffset) throw notEmpty(range, `it ends at ${end}, the archive at ${range.endOffset}`);
  for (let offset = 0; offset < end;) {
    const live = await log.read(range, offset, READ);
    const archived = await archive.read(range, offset, { maxRecords: live.length });
    for (const [at, { value }] of live.entries()) {
      if (archived[at] !== undefined && !Buffer.from(archived[at].value).equals(value)) throw notEmpty(range, `its record at offset ${offset + at} is not the archive’s`);
    }
    const compared = Math.min(live.length, archived.length);
    if (compared === 0) throw interrupted(range, offset, undefined);
    offset += compared;
  }
  return end;
}

async function write(appender: LogAppender, archive: Archive, range: ArchivedRange, from: number, onProgress: ((records: number) => void) | undefined, signal: AbortSignal | undefined): Promise<void> {
  const { topic, partition, endOffset } = range;
  for (let offset = from; offset < endOffset;) {
    signal?.throwIfAborted();
    const records = await archive.read(range, offset, READ);
    const [outcome] = await appender.append([{ topic, partition, records: records.map(({ key, value }) => ({ key, value })) }], APPEND_TIMEOUT_MS);
    // What was not acknowledged may be there or not: the next try looks, this one must not send it again.
    if (outcome?.kind !== 'acknowledged') throw interrupted(range, offset, outcome?.error);
    if (outcome.baseOffset !== offset) throw notEmpty(range, `a record of offset ${offset} went to ${outcome.baseOffset}: somebody else writes to it`);
    offset += records.length;
    onProgress?.(records.length);
  }
}

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

function notWhole(range: ArchivedRange): DocketError {
  return new DocketError('failed_precondition', { reason: 'ARCHIVE_NOT_WHOLE', message: `${nameOf(range)}: the archive begins at offset ${range.firstOffset}, expected 0: name the folder that holds all archives` });
}

function notEmpty(range: ArchivedRange, why: string): DocketError {
  return new DocketError('failed_precondition', { reason: 'LOG_NOT_EMPTY', message: `${nameOf(range)}: the log must be empty, or hold the archive’s beginning: ${why}. Nothing but an empty log becomes the archived one` });
}

function interrupted(range: ArchivedRange, offset: number, cause: Error | undefined): DocketError {
  return new DocketError('unavailable', { reason: 'RESTORE_INTERRUPTED', message: `${nameOf(range)}: the log did not answer at offset ${offset}; run it again, it goes on where it was`, ...(cause && { cause }) });
}
