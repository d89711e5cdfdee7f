import type { Generation } from './generations.js';
import { Generations } from './generations.js';
import type { LogReader } from './projection.js';
import type { ReadModels } from './read-models.js';

export interface ProjectionStatus {
  readonly generation: Generation;
  /** How far into the log it has come, and how far it has to go; in records over all partitions. */
  readonly records: number;
  readonly end: number;
  /** Event time of the newest event in the rows, ms since the epoch; 0 before the first. */
  readonly newestEventMs: number;
}

/** How every table that is shown or being built stands against the log. `partitions`: how many each topic has. */
export async function projectionStatus(readModels: ReadModels, log: LogReader, partitions: Readonly<Record<string, number>>): Promise<ProjectionStatus[]> {
  const generations = await new Generations(readModels).list();
  const ends = new Map<string, Promise<number[]>>();
  const endsOf = (topic: string): Promise<number[]> => {
    const known = ends.get(topic);
    if (known !== undefined) return known;
    const all = Promise.all(Array.from({ length: partitions[topic] ?? 0 }, (_, partition) => log.endOffset({ topic, partition })));
    ends.set(topic, all);
    return all;
  };
  return Promise.all(generations.map(async (generation) => {
    const rows = await readModels.source.query<{ log_partition: number; next_offset: string; time: string | null }[]>(
      `SELECT log_partition, next_offset, (resume->>'timeMs')::bigint AS time FROM docket_tables.checkpoint WHERE generation_id = $1`, [generation.id]);
    const positions = new Map(rows.map(({ log_partition, next_offset, time }) => [log_partition, { offset: Number(next_offset), timeMs: Number(time ?? 0) }]));
    const untilMs = generation.own?.toMs ?? Number.POSITIVE_INFINITY;
    // One that was asked about an earlier time needs nothing of what came since.
    const needed = (await endsOf(generation.topic)).map((end, partition) => {
      const at = positions.get(partition);
      return at !== undefined && at.timeMs >= untilMs ? at.offset : end;
    });
    const sum = (all: Iterable<number>): number => [...all].reduce((total, one) => total + one, 0);
    return { generation, records: sum([...positions.values()].map(({ offset }) => offset)), end: sum(needed), newestEventMs: Math.max(0, ...[...positions.values()].map(({ timeMs }) => timeMs)) };
  }));
}
