import type { Generation } from './generations.js';
import { Generations } from './generations.js';
import type { LogReader } from './projection.js';
import type { ReadModels } from './read-models.js';

export interface ProjectionStatus {
  readonly generation: Generation;
  /** Records of the log that are in the rows, and that there are; over all partitions. */
  readonly records: number;
  readonly end: number;
  /** Event time of the newest event in the rows, ms since the epoch; 0 before the first. */
  readonly newestEventMs: number;
}

/** How every table that is shown or being built stands against the log. `partitions`: how many each topic has. */
export async function projectionStatus(readModels: ReadModels, log: LogReader, partitions: Readonly<Record<string, number>>): Promise<ProjectionStatus[]> {
  const generations = await new Generations(readModels).list();
  const ends = new Map<string, Promise<number>>();
  const endOf = (topic: string): Promise<number> => {
    const known = ends.get(topic);
    if (known !== undefined) return known;
    const sum = Promise.all(Array.from({ length: partitions[topic] ?? 0 }, (_, partition) => log.endOffset({ topic, partition }))).then((all) => all.reduce((total, end) => total + end, 0));
    ends.set(topic, sum);
    return sum;
  };
  return Promise.all(generations.map(async (generation) => {
    const [row] = await readModels.source.query<{ records: string; newest: string | null }[]>(
      `SELECT coalesce(sum(next_offset), 0) AS records, max((resume->>'timeMs')::bigint) AS newest FROM docket_tables.checkpoint WHERE generation_id = $1`, [generation.id]);
    return { generation, records: Number(row?.records ?? 0), end: await endOf(generation.topic), newestEventMs: Number(row?.newest ?? 0) };
  }));
}
