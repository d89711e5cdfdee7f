import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import pg from 'pg';
import { decisionMachine } from '#decision';
import { BulkReads, PostgresEventLog, type EventLog } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import { DECISION_PROJECTIONS, Generations, ReadModels, TopicFollower } from '#read-models';
import { treeCpuSeconds } from '../measure/process-tree.js';
import { fill, liveLoad, PARTITIONS, SyntheticLog, TOPIC } from './synthetic-log.js';

/** What one way of moving the same records took. */
interface Figure {
  readonly what: string;
  readonly perSecond: number;
  readonly nodeMicros: number;
  readonly postgresMicros: number;
  readonly walBytes: number;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { decode, decodePlain } = decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined);
const LIVE_PER_SECOND = 2_000;
const LIVE_SECONDS = 10;

/** `npm run bench -- --projections [records]`: rebuilding and live projecting beside COPY and raw reading, in one run. */
export async function benchProjections(records: number): Promise<void> {
  const postgres = await startThrowawayPostgres();
  try {
    const url = await postgres.createDatabase();
    const log = new PostgresEventLog({ connectionString: url, pollMs: 200 });
    const bulk = new BulkReads(log, { connectionString: url, connectionsMax: 3 });
    await log.prepare([{ topic: TOPIC, partitions: PARTITIONS }, { topic: 'docket.registry', partitions: 1 }]);
    const synthetic = new SyntheticLog();
    const total = await fill(url, synthetic, records, (written) => say(`written  ${written} records`));
    const readModels = await ReadModels.open(url);
    const walAt = async (): Promise<number> => Number((await readModels.source.query<{ at: string }[]>(`SELECT pg_current_wal_lsn() - '0/0' AS at`))[0]!.at);
    const measure = async (what: string, count: number, work: () => Promise<unknown>): Promise<Figure> => {
      await readModels.source.query('CHECKPOINT');
      const [postgresBefore, nodeBefore, walBefore, startedMs] = [treeCpuSeconds([postgres.server.pid]), process.cpuUsage(), await walAt(), performance.now()];
      await work();
      const seconds = (performance.now() - startedMs) / 1000;
      const node = process.cpuUsage(nodeBefore);
      const figure = {
        what, perSecond: Math.round(count / seconds), nodeMicros: round((node.user + node.system) / count), postgresMicros: round((treeCpuSeconds([postgres.server.pid]) - postgresBefore) * 1e6 / count), walBytes: Math.round((await walAt() - walBefore) / count),
      };
      say(`measured ${what.padEnd(44)} ${figure.perSecond}/s`);
      return figure;
    };

    /** Fills new tables of these projections, beside nothing, to the log's end. */
    const rebuild = async (names: readonly string[]): Promise<void> => {
      const projections = DECISION_PROJECTIONS.filter(({ name }) => names.includes(name));
      const generations = new Generations(readModels);
      await generations.ensure(projections);
      for (const projection of projections) await generations.build(projection, true);
      const stopping = new AbortController();
      let left = projections.length;
      const follower = new TopicFollower({
        readModels, log: bulk, topic: TOPIC, partitions: PARTITIONS, decode, decodePlain, projections, signal: stopping.signal, onTrouble: (error) => say(String(error)),
        onStopped: ({ projection }, at) => { throw new Error(`${projection} has stopped: ${at.reason}`); }, onSwitched: () => { if (--left === 0) stopping.abort(); },
      });
      await follower.run();
    };
    // The live tables, which the rebuilds stand beside, and compilers at work.
    await follow(readModels, bulk, total);

    const figures: Figure[] = [];
    figures.push(await measure('reading the log, one partition at a time', total, () => readAll(log)));
    figures.push(await measure('reading the log, all partitions at once', total, () => readAll(bulk)));
    const { rowCount, work } = await copyOf(url, 'decisions', readModels);
    figures.push(await measure('raw COPY into decisions (rows made before)', rowCount, work));
    for (const { name } of DECISION_PROJECTIONS) figures.push(await measure(`rebuild ${name}`, total, () => rebuild([name])));
    figures.push(await measure('rebuild all five at once', total, () => rebuild(DECISION_PROJECTIONS.map(({ name }) => name))));

    const count = LIVE_PER_SECOND * LIVE_SECONDS;
    const alone = await measure(`appending ${LIVE_PER_SECOND}/s, nothing projected`, count, () => liveLoad(log, synthetic, LIVE_PER_SECOND, LIVE_SECONDS));
    await follow(readModels, bulk, await endOf(log));
    const both = await measure(`appending ${LIVE_PER_SECOND}/s, all five projected`, count, async () => {
      const stopping = new AbortController();
      const following = follow(readModels, bulk, Number.POSITIVE_INFINITY, stopping.signal);
      await liveLoad(log, synthetic, LIVE_PER_SECOND, LIVE_SECONDS);
      const end = await endOf(log);
      await until(async () => (await readModels.source.query<{ n: string }[]>(`SELECT min(n) AS n FROM (SELECT sum(next_offset) AS n FROM docket_tables.checkpoint JOIN docket_tables.generation ON id = generation_id WHERE state = 'live' GROUP BY id) AS x`)).every(({ n }) => Number(n) >= end));
      stopping.abort();
      await following;
    });
    figures.push(alone, both, { what: 'the difference: projecting live', perSecond: 0, nodeMicros: round(both.nodeMicros - alone.nodeMicros), postgresMicros: round(both.postgresMicros - alone.postgresMicros), walBytes: both.walBytes - alone.walBytes });

    say(`\n| what, ${total} records of a decision’s size | events/s | Node µs each | PostgreSQL µs each | WAL bytes each |\n|---|---:|---:|---:|---:|`);
    for (const one of figures) say(`| ${one.what} | ${one.perSecond === 0 ? '' : one.perSecond.toLocaleString('en')} | ${one.nodeMicros} | ${one.postgresMicros} | ${one.walBytes.toLocaleString('en')} |`);
    say(`\nstored  ${store(total, figures)}`);
    await readModels.close();
    await bulk.close();
  } finally {
    await postgres.stop();
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Follows with all projections until so many records are in their rows, or the signal. */
async function follow(readModels: ReadModels, log: EventLog, records: number, signal?: AbortSignal): Promise<void> {
  await new Generations(readModels).ensure(DECISION_PROJECTIONS);
  const stopping = new AbortController();
  signal?.addEventListener('abort', () => stopping.abort(), { once: true });
  const follower = new TopicFollower({
    readModels, log, topic: TOPIC, partitions: PARTITIONS, decode, decodePlain, projections: DECISION_PROJECTIONS, signal: stopping.signal, onTrouble: (error) => say(String(error)),
    onStopped: ({ projection }, at) => { throw new Error(`${projection} has stopped: ${at.reason}`); }, onSwitched: () => undefined,
  });
  const running = follower.run();
  if (records !== Number.POSITIVE_INFINITY) {
    await until(() => Promise.resolve(follower.progress.length > 0 && follower.progress.every(({ positions }) => positions.reduce((sum, { offset }) => sum + offset, 0) >= records)));
    stopping.abort();
  }
  await running;
}

async function readAll(log: EventLog): Promise<void> {
  const offsets: number[] = Array.from({ length: PARTITIONS }, () => 0);
  for (let found = 1; found > 0;) {
    found = 0;
    await Promise.all(offsets.map(async (from, partition) => {
      const records = await log.read({ topic: TOPIC, partition }, from, { maxRecords: 2_000, maxBytes: 1024 * 1024 });
      offsets[partition]! += records.length;
      found += records.length;
    }));
  }
}

const endOf = async (log: EventLog): Promise<number> => (await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => log.endOffset({ topic: TOPIC, partition })))).reduce((sum, end) => sum + end, 0);

/** The same rows again, into a table like the projection's with all its indexes: what PostgreSQL itself can do. */
async function copyOf(url: string, name: string, readModels: ReadModels): Promise<{ rowCount: number; work: () => Promise<void> }> {
  const { table } = (await new Generations(readModels).list()).find(({ projection, state }) => projection === name && state === 'live')!;
  const client = new pg.Client({ connectionString: url, options: '-c synchronous_commit=off' });
  await client.connect();
  await client.query(`CREATE TABLE docket_tables.raw (LIKE ${table} INCLUDING ALL)`);
  const chunks: Buffer[] = [];
  for await (const chunk of client.query(copyTo(`COPY ${table} TO STDOUT (FORMAT binary)`))) chunks.push(chunk as Buffer);
  const { rows: [counted] } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
  return {
    rowCount: counted!.n,
    work: async () => {
      const stream = client.query(copyFrom('COPY docket_tables.raw FROM STDIN (FORMAT binary)'));
      for (const chunk of chunks) if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve));
      stream.end();
      await finished(stream);
      await client.query('DROP TABLE docket_tables.raw');
      await client.end();
    },
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

function store(records: number, figures: readonly Figure[]): string {
  mkdirSync('bench-results', { recursive: true });
  const time = new Date().toISOString();
  const path = join('bench-results', `projections-${time.replaceAll(/[:.]/g, '-')}.json`);
  let commit = '';
  try {
    commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // Not a clone.
  }
  const machine = { cores: availableParallelism(), memoryGib: Math.round(totalmem() / 2 ** 30), node: process.version, platform: process.platform };
  writeFileSync(path, `${JSON.stringify({ time, commit, machine, records, figures }, null, 2)}\n`);
  return path;
}
