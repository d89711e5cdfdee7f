import type { Generation } from './generations.js';
import { Generations } from './generations.js';
import type { LogReader } from './projection.js';
import type { ReadModels } from './read-models.js';

/** In so many partitions the oldest missing record is looked for. */
const LOOKED_INTO = 4;

export interface ProjectionStatus {
  readonly generation: Generation;
  /** How far into the log it has come, and how far it has to go; in records over all partitions. */
  readonly records: number;
  readonly end: number;
  /** Records that it has read and that are not in the log any more: the log was cut, or is another one. */
  readonly lost: number;
  /** For how long the oldest record that is missing in the rows has been in the log; 0: none is. */
  readonly lagMs: number;
  /** Event time of the newest event in the rows, ms since the epoch; 0 before the first. */
  readonly newestEventMs: number;
}

interface Standing {
  readonly partition: number;
  readonly offset: number;
  readonly end: number;
}

/** How every table that is shown or being built stands against the log. `partitions`: how many each topic has. */
export async function projectionStatus(readModels: ReadModels, log: LogReader, partitions: Readonly<Record<string, number>>): Promise<ProjectionStatus[]> {
  const generations = await new Generations(readModels).list();
  const once = sharing();
  return Promise.all(generations.map(async (generation) => {
    const { topic, own, id } = generation;
    const rows = await readModels.source.query<{ log_partition: number; next_offset: string; time: string | null }[]>(
      `SELECT log_partition, next_offset, (resume->>'timeMs')::bigint AS time FROM docket_tables.checkpoint WHERE generation_id = $1`, [id]);
    const positions = new Map(rows.map(({ log_partition, next_offset, time }) => [log_partition, { offset: Number(next_offset), timeMs: Number(time ?? 0) }]));
    const untilMs = own?.toMs ?? Number.POSITIVE_INFINITY;
    const standing = await Promise.all(Array.from({ length: partitions[topic] ?? 0 }, async (_, partition): Promise<Standing> => {
      const { offset, timeMs } = positions.get(partition) ?? { offset: 0, timeMs: 0 };
      const ask = (): Promise<number> => log.endOffset({ topic, partition });
      const known = await once(`${topic}/${partition}`, ask);
      // The rows may have moved on since the log was asked.
      const end = offset > known ? await ask() : known;
      // One that was asked about an earlier time needs nothing of what came since.
      return { partition, offset, end: timeMs >= untilMs ? Math.min(offset, end) : end };
    }));
    const newestEventMs = Math.max(0, ...[...positions.values()].map(({ timeMs }) => timeMs));
    return {
      generation, records: sum(standing, ({ offset }) => offset), end: sum(standing, ({ end }) => end), lost: sum(standing, ({ offset, end }) => Math.max(0, offset - end)), newestEventMs,
      lagMs: await lagMs(standing.filter(({ offset, end }) => offset < end), newestEventMs, ({ partition, offset }) => once(`${topic}/${partition}/${offset}`, async () =>
        (await log.read({ topic, partition }, offset, { maxRecords: 1, maxBytes: 1 }).catch(() => []))[0]?.timestampMs)),
    };
  }));
}

/** The age of the newest row is no measure: nothing may have happened for a day before the record that is missing. */
async function lagMs(missing: readonly Standing[], newestEventMs: number, storedMs: (at: Standing) => Promise<number | undefined>): Promise<number> {
  if (missing.length === 0) return 0;
  const looked = [...missing].sort((a, b) => (b.end - b.offset) - (a.end - a.offset)).slice(0, LOOKED_INTO);
  const times = (await Promise.all(looked.map(storedMs))).filter((time) => time !== undefined);
  return Math.max(0, Date.now() - (times.length > 0 ? Math.min(...times) : newestEventMs));
}

/** Several who ask the same share one answer. */
function sharing(): <T>(key: string, ask: () => Promise<T>) => Promise<T> {
  const known = new Map<string, Promise<unknown>>();
  return <T>(key: string, ask: () => Promise<T>) => {
    if (!known.has(key)) known.set(key, ask());
    return known.get(key) as Promise<T>;
  };
}

const sum = (all: readonly Standing[], of: (one: Standing) => number): number => all.reduce((total, one) => total + of(one), 0);
