import { Envelope, sha256, type ResumeState } from '#ledger';
import type { LogReader } from '../projection.js';
import type { ReadModels } from '../read-models.js';

const TOPIC = 'docket.decisions';
/** Among so many calls each busy partition has one. */
const LOOKED_AT = 20_000;

/**
 * Where each partition of docket.decisions may be read from without missing an event from `fromMs` on: right after a
 * valid event from before, which docket.decisions names and whose record is all that judging the next one needs (time
 * never runs backwards in a partition). undefined: from its beginning. Rejects as the database and the log do.
 */
export async function startPositions(readModels: ReadModels, log: LogReader, partitions: number, fromMs: number): Promise<(ResumeState | undefined)[]> {
  const known = await callsBefore(readModels, partitions, new Date(fromMs));
  return Promise.all(Array.from({ length: partitions }, async (_, partition) => {
    const offset = known.get(partition);
    if (offset === undefined) return undefined;
    const [record] = await log.read({ topic: TOPIC, partition }, offset, { maxRecords: 1 });
    const parsed = record?.offset === offset ? new Envelope(TOPIC, partition).parse(record.value) : undefined;
    if (parsed?.kind !== 'event' || parsed.timeMs >= fromMs) return undefined;
    // Of the claim only the epoch is needed to judge what follows; the next one brings its nonce.
    return { offset: offset + 1, epoch: parsed.epoch, nonce: '', sequence: parsed.sequence, head: sha256(record!.value), timeMs: parsed.timeMs };
  }));
}

/** By partition: the offset of its newest call before `time`, among those that are projected. */
async function callsBefore(readModels: ReadModels, partitions: number, time: Date): Promise<Map<number, number>> {
  interface Row { readonly log_partition: number; readonly log_offset: string }
  const newest = await readModels.source.query<Row[]>(
    `SELECT log_partition, max(log_offset) AS log_offset
       FROM (SELECT log_partition, log_offset FROM docket.decisions WHERE decided_at < $1 ORDER BY decided_at DESC LIMIT ${LOOKED_AT}) AS newest GROUP BY log_partition`, [time]);
  const found = new Map(newest.map(({ log_partition, log_offset }) => [log_partition, Number(log_offset)]));
  for (let partition = 0; partition < partitions; partition++) {
    if (found.has(partition)) continue;
    const [row] = await readModels.source.query<Row[]>(
      'SELECT log_partition, log_offset FROM docket.decisions WHERE decided_at < $1 AND log_partition = $2 ORDER BY decided_at DESC, log_partition DESC, log_offset DESC LIMIT 1', [time, partition]);
    if (row !== undefined) found.set(partition, Number(row.log_offset));
  }
  return found;
}
