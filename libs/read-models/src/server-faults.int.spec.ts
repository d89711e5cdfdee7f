import { existsSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { PostgresEventLog } from '#ledger';
import { EmbeddedPostgres } from '#local-services';
import { Generations } from './generations.js';
import { PARTITIONS, ProjectedLog } from './projected-log.fixture.js';
import type { Projection } from './projection.js';
import { decisionsProjection } from './projections/decisions.projection.js';
import { limitWindowsProjection } from './projections/limit-windows.projection.js';
import { usageHourlyProjection } from './projections/usage-hourly.projection.js';
import { ReadModels } from './read-models.js';
import type { DecisionEvent } from '#decision';

/** What happens to the database server itself in the middle of a rebuild. The order of the tests matters: the last one leaves another server. */
const PROJECTIONS = [decisionsProjection, usageHourlyProjection, limitWindowsProjection];
let world: ProjectedLog;
beforeAll(async () => {
  world = await ProjectedLog.create();
  await Promise.all(Array.from({ length: 400 }, (_, call) => world.decide(call % PARTITIONS, ['plain', 'often', 'pay', 'unknown'][call % 4]!, { session: `s-${call % 3}`, agent: `agent-${call % 2}`, amount: `${call}.5` })));
  const { stop } = await world.follow({ projections: PROJECTIONS });
  await world.caughtUp();
  await stop();
}, 300_000);
afterEach(() => world.stopFollowing());
afterAll(() => world.remove(), 300_000);

type Query = (sql: string) => Promise<{ readonly row: string }[]>;
const rowsOf = (query: Query): Promise<string[][]> => Promise.all(['decisions', 'usage_hourly', 'limit_windows'].map(async (view) => (await query(`SELECT (to_jsonb(v) - 'is_current')::text AS row FROM docket.${view} AS v ORDER BY 1`)).map(({ row }) => row)));
const everything = (): Promise<string[][]> => rowsOf((sql) => world.rows(sql));

/** Few records at a time, so that there is a middle. */
const slowly = (log: PostgresEventLog) => ({
  read: (tp: Parameters<typeof log.read>[0], from: number, options?: Parameters<typeof log.read>[2]) => log.read(tp, from, { ...options, maxRecords: Math.min(15, options?.maxRecords ?? 15) }),
  endOffset: (tp: Parameters<typeof log.endOffset>[0]) => log.endOffset(tp),
});

/** The same projections, the last of which calls `happens` once, with rows written and their transaction open. */
function inTheMiddle(generation: number, happens: () => Promise<void>): Projection<DecisionEvent>[] {
  let batches = 0;
  return PROJECTIONS.map((projection) => projection.name !== 'decisions' ? projection : {
    ...projection,
    async open(target) {
      const writer = await projection.open(target);
      return { async write(transaction, given) {
        await writer.write(transaction, given);
        if (target.generation === generation && ++batches === 5) await happens();
      } };
    },
  });
}

const isLive = async (generations: Generations, id: number): Promise<boolean> => (await generations.list()).some((one) => one.id === id && one.state === 'live');

it('goes on where the rows are when the database server crashes in the middle of a rebuild and recovers', async () => {
  const before = await everything();
  const generations = new Generations(world.readModels);
  for (const projection of PROJECTIONS) await generations.build(projection, true);
  const built = (await generations.list()).find(({ projection, state }) => projection === 'decisions' && state === 'building')!;
  let crashed = false;
  const projections = inTheMiddle(built.id, async () => {
    // A server process that is killed outright takes all others with it, and what was not flushed; the server then recovers.
    const [{ pid }] = await world.rows<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE application_name = 'docket projector' AND state = 'idle in transaction' LIMIT 1`) as [{ pid: number }];
    crashed = true;
    process.kill(pid, 'SIGKILL');
  });
  world.troubles.length = 0;
  const { stop } = await world.follow({ projections, log: slowly(world.log) });
  await world.until(async () => crashed && (await isLive(generations, built.id).catch(() => false)));
  await world.until(async () => (await generations.list()).every(({ state }) => state === 'live'));
  expect(world.troubles.length).toBeGreaterThan(0);
  expect(world.stopped).toEqual([]);
  expect(await everything()).toEqual(before);
  await stop();
}, 300_000);

// Linux has a device that is always full.
if (existsSync('/dev/full')) it('loses and repeats nothing when the disk is full: rows come once there is room', async () => {
  const before = await everything();
  const generations = new Generations(world.readModels);
  const built = await generations.build(decisionsProjection, true);
  const [{ path }] = await world.rows<{ path: string }>(`SELECT pg_relation_filepath('${built.table}') AS path`) as [{ path: string }];
  const file = join(world.postgres.server.folder, path);
  // What was created must be on the disk: the device that takes its place is always full, and cannot be flushed.
  await world.rows('CHECKPOINT');
  renameSync(file, `${file}.aside`);
  symlinkSync('/dev/full', file);
  world.troubles.length = 0;
  // Few rows at a time, so that the table grows by single pages, which are written: the device cannot reserve many.
  const { stop } = await world.follow({ projections: PROJECTIONS, log: slowly(world.log) });
  try {
    await world.until(() => world.troubles.length >= 2);
    for (const trouble of world.troubles) expect(trouble).toMatchObject({ code: '53100', message: expect.stringMatching(/No space left on device/) as string });
    expect((await generations.list()).map(({ stopped }) => stopped)).toEqual([undefined, undefined, undefined, undefined]);
    expect(await everything()).toEqual(before);
    // Nothing of it is in the rows, so nothing of it is read.
    expect(await world.rows(`SELECT sum(next_offset)::int AS n FROM docket_tables.checkpoint WHERE generation_id = ${built.id}`)).toEqual([{ n: 0 }]);
  } finally {
    unlinkSync(file);
    renameSync(`${file}.aside`, file);
  }
  await world.until(async () => (await isLive(generations, built.id)));
  expect(await everything()).toEqual(before);
  expect(world.stopped).toEqual([]);
  await stop();
}, 300_000);

/** Where the projector connects to: the server behind it can be another one. */
async function door(): Promise<{ readonly server: Server; portBehind: number | undefined; readonly port: number }> {
  const here = { portBehind: undefined as number | undefined };
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    if (here.portBehind === undefined) return void socket.destroy();
    const behind = connect(here.portBehind, '127.0.0.1');
    behind.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => behind.destroy());
    socket.pipe(behind).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(here, { server, port: (server.address() as AddressInfo).port });
}

it('waits while the database server is stopped in the middle of a rebuild, and goes on when it is started again', async () => {
  const before = await everything();
  await world.ledger.stop();
  const entry = await door();
  entry.portBehind = world.postgres.server.port;
  const url = new URL(world.url);
  url.port = String(entry.port);
  const readModels = await ReadModels.open(url.href);
  const log = new PostgresEventLog({ connectionString: url.href });
  const generations = new Generations(readModels);
  for (const projection of PROJECTIONS) await generations.build(projection, true);
  const built = (await generations.list()).find(({ projection, state }) => projection === 'decisions' && state === 'building')!;
  let again: EmbeddedPostgres | undefined;
  let stopping: Promise<void> | undefined;
  const projections = inTheMiddle(built.id, async () => {
    entry.portBehind = undefined;
    await (stopping = world.postgres.server.stop());
  });
  world.troubles.length = 0;
  const { stop } = await world.follow({ readModels, projections, log: slowly(log) });
  try {
    await world.until(() => stopping !== undefined && world.troubles.length >= 2);
    await stopping;
    again = await EmbeddedPostgres.start({ folder: world.postgres.server.folder });
    entry.portBehind = again.port;
    await world.until(async () => await isLive(generations, built.id).catch(() => false));
    await world.until(async () => (await generations.list()).every(({ state }) => state === 'live'));
    expect(world.stopped).toEqual([]);
    expect(await rowsOf((sql) => readModels.source.query(sql))).toEqual(before);
  } finally {
    await stop();
    await log.close();
    await readModels.close();
    entry.server.close();
    await again?.stop();
  }
}, 300_000);
