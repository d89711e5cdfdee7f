import { isDeepStrictEqual } from 'node:util';
import { DocketError } from '#errors';
import { Judge, sha256, type EventLog, type LogAppender, type LogRecord, type ReadOptions, type TopicPartition, type TopicSettings } from '#ledger';
import { openArchive, type Archive, type ArchivedRange, type OpenArchiveOptions } from './archive.js';

/** What every reader of a log needs of it. */
export type LogReader = Pick<EventLog, 'read' | 'endOffset'>;

/** A folder is not looked at more often. */
const REOPEN_MS = 1_000;
/** How far the live log is looked into for something that shows whether it goes on from the archive. */
const LOOK_RECORDS = 64;

/** The archive by itself: it ends where its files end, and does not grow. */
export function archiveAsLog(archive: Archive): LogReader {
  const rangeOf = (tp: TopicPartition): ArchivedRange => archive.range(tp) ?? fail(new DocketError('not_found', { reason: 'UNKNOWN_PARTITION', message: `no partition ${nameOf(tp)} in these files` }));
  return {
    read: async (tp, fromOffset, options) => {
      rangeOf(tp);
      return archive.read(tp, fromOffset, options);
    },
    endOffset: async (tp) => rangeOf(tp).endOffset,
  };
}

/**
 * The archive in place of the live log's beginning: what is archived is read from the files, what comes after it from the
 * live log, whether or not the live log still holds its beginning. Before the first live record of a partition is handed
 * out, it is checked that the live log goes on where the archive ends: DocketError data_loss / ARCHIVE_MISMATCH otherwise.
 */
export function withArchive(live: EventLog, archive: Archive): EventLog {
  return new ArchivedLog(live, async () => archive);
}

/**
 * The same with what lies in a folder: an archive, or archives in folders of their own. It is opened for the first read,
 * or by `open`; and again when the live log has less than it had, since somebody has archived meanwhile.
 */
export function withArchiveIn(live: EventLog, folder: string, options: OpenArchiveOptions = {}): ArchivedLog {
  return new ArchivedLog(live, () => openArchive(folder, options));
}

export class ArchivedLog implements EventLog {
  readonly #live: EventLog;
  readonly #open: () => Promise<Archive>;
  readonly #checked = new Map<string, Promise<void>>();
  #archive: Promise<Archive> | undefined;
  #reopening: Promise<boolean> | undefined;
  #reopenedMs = Number.NEGATIVE_INFINITY;

  /** `withArchive` and `withArchiveIn` make them. */
  constructor(live: EventLog, open: () => Promise<Archive>) {
    this.#live = live;
    this.#open = open;
  }

  /** Opens the archive, so that a wrong one is refused now. Rejects as `openArchive` does. */
  open(): Promise<Archive> {
    return (this.#archive ??= this.#open().catch((error: unknown) => {
      this.#archive = undefined;
      throw error;
    }));
  }

  prepare(topics: readonly TopicSettings[]): Promise<void> {
    return this.#live.prepare(topics);
  }

  laneOf(tp: TopicPartition): string {
    return this.#live.laneOf(tp);
  }

  openAppender(): LogAppender {
    return this.#live.openAppender();
  }

  async read(tp: TopicPartition, fromOffset: number, options?: ReadOptions): Promise<LogRecord[]> {
    try {
      return await this.#read(tp, fromOffset, options);
    } catch (error) {
      const isGone = error instanceof DocketError && (error.reason === 'OFFSET_OUT_OF_RANGE' || error.reason === 'ARCHIVE_MISMATCH');
      if (!isGone || !(await (this.#reopening ??= this.#reopen().finally(() => (this.#reopening = undefined))))) throw error;
      return this.#read(tp, fromOffset, options);
    }
  }

  async #read(tp: TopicPartition, fromOffset: number, options?: ReadOptions): Promise<LogRecord[]> {
    const archive = await this.open();
    const range = archive.range(tp);
    if (range === undefined || fromOffset < range.firstOffset) return this.#live.read(tp, fromOffset, options);
    await this.#check(range);
    if (fromOffset < range.endOffset) return archive.read(tp, fromOffset, options);
    return this.#live.read(tp, fromOffset, options);
  }

  endOffset(tp: TopicPartition): Promise<number> {
    return this.#live.endOffset(tp);
  }

  async close(): Promise<void> {
    await (await this.#archive?.catch(() => undefined))?.close();
    await this.#live.close();
  }

  /** Resolves with whether there is more than before. */
  async #reopen(): Promise<boolean> {
    if (performance.now() - this.#reopenedMs < REOPEN_MS) return false;
    this.#reopenedMs = performance.now();
    const before = await this.open();
    const now = await this.#open();
    if (now === before || isDeepStrictEqual(now.ranges(), before.ranges())) {
      if (now !== before) await now.close();
      return false;
    }
    this.#archive = Promise.resolve(now);
    this.#checked.clear();
    await before.close();
    return true;
  }

  /** Once for each partition, unless it could not be found out. */
  #check(range: ArchivedRange): Promise<void> {
    const name = nameOf(range);
    const known = this.#checked.get(name);
    if (known !== undefined) return known;
    const checking = this.#handOver(range).catch((error: unknown) => {
      this.#checked.delete(name);
      throw error;
    });
    this.#checked.set(name, checking);
    return checking;
  }

  async #handOver(range: ArchivedRange): Promise<void> {
    const { endOffset, firstOffset, end, lastHash } = range;
    const liveEnd = await this.#live.endOffset(range);
    if (liveEnd < endOffset) throw mismatch(range, `the live log ends at offset ${liveEnd} already`);
    // Docket's own deletion leaves the last archived record in the log: then both have it.
    const last = endOffset > firstOffset ? await this.#liveIfThere(range, endOffset - 1, 1) : undefined;
    if (last?.[0] !== undefined) {
      const archived = lastHash ?? sha256((await (await this.open()).read(range, endOffset - 1, { maxRecords: 1 }))[0]!.value);
      if (sha256(last[0].value) !== archived) throw mismatch(range, `the live log holds another record at offset ${endOffset - 1}`);
      return;
    }
    const next = await this.#liveIfThere(range, endOffset, LOOK_RECORDS);
    if (next === undefined) throw mismatch(range, `the live log begins later: what lies between them is in neither`);
    if (end === undefined) return;
    const judge = new Judge(range.topic, range.partition, end);
    for (const record of next) {
      const judged = judge.judge(record);
      if (judged.kind !== 'void') return;
      if (judged.breaksChain === true) throw mismatch(range, `the live log's record at offset ${record.offset} does not go on from it (${judged.reason})`);
    }
  }

  /** Undefined if the live log has it no longer. */
  async #liveIfThere(tp: TopicPartition, offset: number, maxRecords: number): Promise<LogRecord[] | undefined> {
    try {
      return await this.#live.read(tp, offset, { maxRecords });
    } catch (error) {
      if (error instanceof DocketError && error.reason === 'OFFSET_OUT_OF_RANGE') return undefined;
      throw error;
    }
  }
}

function mismatch(range: ArchivedRange, what: string): DocketError {
  return new DocketError('data_loss', {
    reason: 'ARCHIVE_MISMATCH',
    message: `the archive of ${nameOf(range)} ends at offset ${range.endOffset}, but ${what}: it is not this log's archive, or one of them is not whole`,
  });
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function fail(error: Error): never {
  throw error;
}
