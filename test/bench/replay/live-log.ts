import { LogFile } from '#archive';
import { PostgresEventLog, openPool, type TopicPartition } from '#ledger';

/** Puts the records of log files into a PostgreSQL log, as they are and at their offsets, in place of a Docket that wrote them. */
export async function loadLog(database: string, paths: readonly string[]): Promise<void> {
  const files = await Promise.all(paths.map((path) => LogFile.open(path)));
  const partitions = new Map<string, number>();
  for (const { header: { topic, partition } } of files) partitions.set(topic, Math.max(partitions.get(topic) ?? 0, partition + 1));
  const log = new PostgresEventLog({ connectionString: database });
  await log.prepare([...partitions].map(([topic, count]) => ({ topic, partitions: count })));
  await log.close();
  const pool = openPool({ connectionString: database });
  for (const file of files) {
    const { topic, partition }: TopicPartition = file.header;
    const { rows: [head] } = await pool.query<{ id: number }>('SELECT id FROM ledger.head WHERE topic = $1 AND partition = $2', [topic, partition]);
    let end = 0;
    for await (const records of file.read()) {
      await pool.query(
        'INSERT INTO ledger.record (head_id, "offset", stored_at, key, value) SELECT $1, o, to_timestamp(t / 1000.0), k, v FROM unnest($2::bigint[], $3::float8[], $4::bytea[], $5::bytea[]) AS r (o, t, k, v)',
        [head!.id, records.map(({ offset }) => offset), records.map(({ timestampMs }) => timestampMs), records.map(({ key }) => key), records.map(({ value }) => value)]);
      end = records.at(-1)!.offset + 1;
    }
    await pool.query('UPDATE ledger.head SET next_offset = $2 WHERE id = $1', [head!.id, end]);
  }
  await pool.query('ANALYZE ledger.record');
  await pool.end();
}
