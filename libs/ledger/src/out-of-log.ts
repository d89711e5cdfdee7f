import { DocketError } from '#errors';
import type { EventLog, LogRecord, ReadOptions, TopicPartition } from './event-log.js';

/** Where a read ran out of the log: the metadata of OFFSET_OUT_OF_RANGE. */
export interface OutOfLog {
  /** The first offset that is not there. */
  readonly offset: number;
  /** Where the log begins: what is below was archived and deleted. */
  readonly firstOffset: number | undefined;
  /** The next offset that is there again. */
  readonly nextOffset: number | undefined;
}

export function outOfLog(error: unknown): OutOfLog | undefined {
  if (!(error instanceof DocketError) || error.reason !== 'OFFSET_OUT_OF_RANGE') return undefined;
  const number = (name: string): number | undefined => (error.metadata[name] === undefined ? undefined : Number(error.metadata[name]));
  const offset = number('offset');
  return offset === undefined ? undefined : { offset, firstOffset: number('first_offset'), nextOffset: number('next_offset') };
}

/** As the log reads, but what stands before a hole is returned. Rejects where nothing stands before it. */
export async function readUpToHole(log: Pick<EventLog, 'read'>, tp: TopicPartition, offset: number, options: ReadOptions): Promise<LogRecord[]> {
  try {
    return await log.read(tp, offset, options);
  } catch (error) {
    const hole = outOfLog(error)?.offset;
    if (hole === undefined || hole <= offset) throw error;
    return log.read(tp, offset, { ...options, maxRecords: Math.min(options.maxRecords ?? Number.POSITIVE_INFINITY, hole - offset) });
  }
}

/** What is gone, in words for people: `offset` is missing, or the log begins or ends too early. Undefined: the error says nothing of the log. */
export function lossText(error: unknown): { readonly offset: number; readonly throughOffset: number | undefined; readonly kind: 'deleted' | 'missing' | 'cut'; readonly what: string } | undefined {
  const out = outOfLog(error);
  if (out === undefined) return undefined;
  const { offset, firstOffset, nextOffset } = out;
  if (firstOffset !== undefined && offset < firstOffset) {
    return { offset, throughOffset: firstOffset - 1, kind: 'deleted', what: `the beginning was deleted, the log begins at offset ${firstOffset} now: name the archives that hold what was before it with --from-archive, or ARCHIVE_DIR` };
  }
  if (nextOffset !== undefined) {
    const count = nextOffset - offset;
    return { offset, throughOffset: nextOffset - 1, kind: 'missing', what: count > 1 ? `${count} records are missing: the log goes on at offset ${nextOffset}` : 'the record there is missing' };
  }
  return { offset, throughOffset: undefined, kind: 'cut', what: 'the records from there on are gone: the end of the log was cut off' };
}
