import type pg from 'pg';
import { DocketError } from '#errors';
import type { TopicPartition } from './event-log.js';
import { withPostgresErrors } from './postgres/errors.js';
import { migrate } from './postgres/migrations.js';

/** In one statement: an append to the same table waits for none of them. */
const BATCH_RECORDS = 5_000;

export interface TrimOptions {
  readonly pool: pg.Pool;
  readonly onProgress?: (deleted: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Deletes the records of a PostgreSQL log's partition below `offset`, for good: for what is archived. The log says from
 * the first moment on that it begins there (OFFSET_OUT_OF_RANGE below), so nobody takes a beginning that is half gone for
 * one that was lost; ended early, the next call goes on. Never the last record, on which a running owner rests.
 * Resolves with the number of records deleted. Rejects with DocketError invalid_argument / OFFSET_OUT_OF_RANGE if the log does not go beyond `offset`.
 */
export async function deletePostgresRecords(tp: TopicPartition, offset: number, options: TrimOptions): Promise<number> {
  const { pool, onProgress, signal } = options;
  const query = <R extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<pg.QueryResult<R>> => withPostgresErrors('the event log', () => pool.query<R>(text, values));
  await withPostgresErrors('the event log', () => migrate(pool));
  const { rows: [head] } = await query<{ id: number }>(
    'UPDATE ledger.head SET first_offset = greatest(first_offset, $3) WHERE topic = $1 AND partition = $2 AND next_offset > $3 RETURNING id', [tp.topic, tp.partition, offset]);
  if (head === undefined) throw new DocketError('invalid_argument', { reason: 'OFFSET_OUT_OF_RANGE', message: `${tp.topic}/${tp.partition} has no record at offset ${offset}: the last one always stays` });
  const { rows: [first] } = await query<{ first: string | null }>('SELECT min("offset") AS first FROM ledger.record WHERE head_id = $1 AND "offset" < $2', [head.id, offset]);
  let deleted = 0;
  for (let from = Number(first?.first ?? offset); from < offset; from += BATCH_RECORDS) {
    signal?.throwIfAborted();
    const { rowCount } = await query('DELETE FROM ledger.record WHERE head_id = $1 AND "offset" >= $2 AND "offset" < $3', [head.id, from, Math.min(offset, from + BATCH_RECORDS)]);
    deleted += rowCount ?? 0;
    onProgress?.(deleted);
  }
  return deleted;
}
