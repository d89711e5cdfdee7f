import { createWriteStream, readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { ClaimedResume, PartitionEnd, ProjectedDecision, ProjectedWindow } from './checker/evidence.js';

const WAIT_MS = 180_000;
const POLL_MS = 250;

interface Resume { offset: number; epoch: number; nonce: string; sequence: number; head: string; timeMs: number }

/** Writes the projections' rows, once they have read to the exported ends. */
export async function exportTables(databaseUrl: string, evidence: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const ends = (JSON.parse(readFileSync(join(evidence, 'ends.json'), 'utf8')) as PartitionEnd[]).filter(({ topic }) => topic === 'docket.decisions');
    await caughtUp(client, ends);
    const decisions = await client.query<ProjectedDecision & { log_offset: string }>(
      `SELECT log_partition AS partition, log_offset, call_id, grant_id, verdict, policy_version, (extract(epoch FROM decided_at) * 1000)::bigint::text AS decided_at_ms, outcome FROM docket.decisions`);
    await write(evidence, 'decisions', decisions.rows.map(({ log_offset: offset, ...row }) => ({ ...row, offset: Number(offset), decided_at_ms: Number(row.decided_at_ms) }) satisfies ProjectedDecision));
    const windows = await client.query<{ partition: number; counter: string; end_ms: string | null; used: string }>(
      `SELECT log_partition AS partition, counter_id AS counter, (extract(epoch FROM window_end) * 1000)::bigint::text AS end_ms, used::text FROM docket.limit_windows`);
    await write(evidence, 'windows', windows.rows.map(({ end_ms: endMs, ...row }) => ({ ...row, window_end_ms: Number(endMs ?? 0) }) satisfies ProjectedWindow));
  } finally {
    await client.end();
  }
}

/** Where snapshots and checkpoints say that they stand, added to what was said before. Readers go on meanwhile: export the log after it. */
export async function exportResumes(databaseUrl: string, evidence: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const snapshots = await client.query<{ topic: string; partition: number; resume: Resume }>(`SELECT topic, partition, resume FROM ledger.snapshot WHERE topic IN ('docket.decisions', 'docket.registry')`);
    const checkpoints = await client.query<{ partition: number; name: string; resume: Resume }>(
      `SELECT c.log_partition AS partition, g.projection AS name, c.resume FROM docket_tables.checkpoint c JOIN docket_tables.generation g ON g.id = c.generation_id WHERE c.resume IS NOT NULL AND g.topic = 'docket.decisions'`);
    const claimed = [
      ...snapshots.rows.map(({ topic, partition, resume }) => claim('a snapshot', topic, partition, resume)),
      ...checkpoints.rows.map(({ name, partition, resume }) => claim(`the checkpoint of ${name}`, 'docket.decisions', partition, resume)),
    ];
    await appendFile(join(evidence, 'resumes.jsonl'), claimed.map((line) => `${JSON.stringify(line)}\n`).join(''));
  } finally {
    await client.end();
  }
}

function claim(source: string, topic: string, partition: number, { offset, epoch, nonce, sequence, head, timeMs }: Resume): ClaimedResume {
  return { source, topic, partition, offset, epoch, nonce, sequence, head, time_ms: timeMs };
}

async function caughtUp(client: pg.Client, ends: readonly PartitionEnd[]): Promise<void> {
  const dueMs = performance.now() + WAIT_MS;
  for (;;) {
    const { rows } = await client.query<{ partition: number; next: string }>(
      `SELECT c.log_partition AS partition, min(c.next_offset)::text AS next FROM docket_tables.checkpoint c JOIN docket_tables.generation g ON g.id = c.generation_id WHERE g.topic = 'docket.decisions' GROUP BY 1`);
    const read = new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
    const behind = ends.filter(({ partition, end }) => (read.get(partition) ?? 0) < end);
    if (behind.length === 0) return;
    if (performance.now() > dueMs) throw new Error(`the projections have not come to the log's end within ${WAIT_MS / 1_000} s: ${behind.map(({ partition, end }) => `partition ${partition} at ${read.get(partition) ?? 0} of ${end}`).join(', ')}`);
    await new Promise<void>((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function write(evidence: string, name: string, rows: readonly object[]): Promise<void> {
  const file = createWriteStream(join(evidence, `${name}.jsonl`));
  for (const row of rows) if (!file.write(`${JSON.stringify(row)}\n`)) await new Promise<void>((resolve) => file.once('drain', resolve));
  await new Promise<void>((resolve) => file.end(resolve));
}
