import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { decisionMachine } from '#decision';
import { exactText } from '#policy';
import { DECISION_PROJECTIONS } from './catalogue.js';
import { Generations } from './generations.js';
import { PARTITIONS, ProjectedLog, TOPIC } from './projected-log.fixture.js';
import type { Projection } from './projection.js';
import { decisionsProjection } from './projections/decisions.projection.js';

let world: ProjectedLog;
beforeAll(async () => {
  world = await ProjectedLog.create();
  for (let call = 0; call < 200; call++) {
    const { call_id, verdict } = await world.decide(call % PARTITIONS, ['plain', 'often', 'pay', 'slide', 'unknown'][call % 5]!, { session: `s-${call % 3}`, agent: `agent-${call % 2}`, amount: `${call}.5` });
    if (verdict === 'ALLOW' && call % 4 === 0) await world.settle(call % PARTITIONS, call_id, 'FAILED');
  }
  const { stop } = await world.follow();
  await world.caughtUp();
  await stop();
}, 300_000);
afterEach(() => world.stopFollowing());
afterAll(() => world.remove(), 60_000);

/** Every row of every view, as text: what a fold from zero must give again. Not what the clock says of it. */
const VIEWS = ['decisions', 'limit_charges', 'limit_windows', 'usage_hourly', 'approvals'];
const everything = async (): Promise<string[][]> => Promise.all(VIEWS.map(async (view) => (await world.rows<{ row: string }>(`SELECT (to_jsonb(v) - 'is_current')::text AS row FROM docket.${view} AS v ORDER BY 1`)).map(({ row }) => row)));

it('gives the same rows as a fold from zero, whatever became of its database’s connections in the middle of a rebuild', async () => {
  const following = await world.follow();
  await world.caughtUp();
  const before = await everything();
  expect(before[0]!.length).toBe(200);
  const generations = new Generations(world.readModels);
  await following.stop();
  for (const projection of DECISION_PROJECTIONS) await generations.build(projection, true);
  let cuts = 0;
  const second = await world.follow({ onTrouble: (error) => world.troubles.push(error) });
  const cutting = (async () => {
    for (; cuts < 15; cuts++) {
      await world.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'docket projector' AND datname = current_database()`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  await cutting;
  await world.until(async () => (await generations.list()).every(({ state }) => state === 'live'));
  await world.caughtUp();
  expect(await everything()).toEqual(before);
  expect((await world.verify()).flatMap(({ differences }) => differences)).toEqual([]);
  expect(world.stopped).toEqual([]);
  await second.stop();
}, 300_000);

it('loses and repeats nothing when the disk is full: it tries again until there is room', async () => {
  const before = await everything();
  const generations = new Generations(world.readModels);
  let full = 3;
  const onFullDisk: Projection<never> = {
    ...decisionsProjection,
    async open(target) {
      const writer = await decisionsProjection.open(target);
      return { async write(transaction, batches) {
        await writer.write(transaction, batches as never);
        // PostgreSQL's own error, raised after the rows are written and before they count.
        if (full-- > 0) await transaction.query(`DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`);
      } };
    },
  } as Projection<never>;
  await generations.build(onFullDisk, true);
  world.troubles.length = 0;
  const { stop } = await world.follow({ projections: [onFullDisk as never] });
  await world.until(async () => (await generations.list()).filter(({ projection }) => projection === 'decisions').every(({ state }) => state === 'live'));
  expect(world.troubles.map(String)).toEqual(expect.arrayContaining([expect.stringMatching(/No space left on device/)]));
  expect(world.stopped).toEqual([]);
  expect(await everything()).toEqual(before);
  await stop();
}, 300_000);

it('ends with the place where records of the log are gone, and with everything before them in the rows', async () => {
  const { stop } = await world.follow();
  await world.caughtUp();
  await stop();
  const end = (await world.ends())[1]!;
  for (let call = 0; call < 10; call++) await world.decide(1, 'plain');
  const rows = await world.rows<{ key: Buffer; value: Buffer }>(`DELETE FROM ledger.record USING ledger.head WHERE head_id = id AND topic = '${TOPIC}' AND partition = 1 AND "offset" = ${end + 5} RETURNING head_id, "offset", stored_at, key, value`);
  expect(rows).toHaveLength(1);
  const { TopicFollower } = await import('./topic-follower.js');
  const follower = new TopicFollower({
    readModels: world.readModels, log: world.log, topic: TOPIC, partitions: PARTITIONS, decode: decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined).decode, projections: DECISION_PROJECTIONS,
    signal: AbortSignal.timeout(30_000), onTrouble: () => undefined, onStopped: () => undefined, onSwitched: () => undefined,
  });
  await expect(follower.run()).rejects.toMatchObject({ kind: 'data_loss', message: expect.stringMatching(new RegExp(`docket\\.decisions/1: offset ${end + 5} is missing from the log`)) as string });
  const offsets = await world.rows<{ n: string }>(`SELECT next_offset AS n FROM docket_tables.checkpoint JOIN docket_tables.generation ON id = generation_id WHERE state = 'live' AND log_partition = 1 AND topic = '${TOPIC}'`);
  for (const { n } of offsets) {
    expect(Number(n)).toBeGreaterThanOrEqual(end);
    expect(Number(n)).toBeLessThanOrEqual(end + 5);
  }
  // Put back, it goes on.
  const { rowCount } = await world.pool.query('INSERT INTO ledger.record (head_id, "offset", stored_at, key, value) VALUES ($1, $2, $3, $4, $5)', Object.values(rows[0]!));
  expect(rowCount).toBe(1);
  const again = await world.follow();
  await world.caughtUp();
  expect((await world.verify()).flatMap(({ differences }) => differences)).toEqual([]);
  await again.stop();
}, 300_000);

const KILLED = new URL('../../../dist/libs/read-models/src/faults.process.js', import.meta.url);

it('counts nothing twice and loses nothing when its process is killed outright, again and again, between rows and their place in the log', async () => {
  expect(existsSync(KILLED)).toBe(true);
  const following = await world.follow();
  await world.caughtUp();
  const before = await everything();
  await following.stop();
  const generations = new Generations(world.readModels);
  for (const projection of DECISION_PROJECTIONS) await generations.build(projection, true);
  // Each writes some rows, tells so before their transaction ends, and is killed there.
  for (let kill = 0; kill < 4; kill++) {
    const child = spawn(process.execPath, [KILLED.pathname, String(PARTITIONS), String(kill)], { stdio: ['ignore', 'pipe', 'inherit'], env: { DATABASE_URL: world.url } });
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
  }
  const { stop } = await world.follow();
  await world.until(async () => (await generations.list()).every(({ state }) => state === 'live'));
  await world.caughtUp();
  expect(await everything()).toEqual(before);
  const held = world.ledger.peek(0, (state) => [...state.windows.entries()].flatMap(([endMs, counters]) => Array.from(counters, ([counter, used]) => `${endMs} ${counter} ${exactText(used)}`)))!;
  const kept = await world.rows<{ text: string }>(`SELECT (extract(epoch FROM window_end) * 1000)::bigint || ' ' || counter_id || ' ' || trim_scale(used) AS text FROM docket.limit_windows WHERE NOT sliding AND log_partition = 0`);
  expect(kept.map(({ text }) => text)).toEqual(expect.arrayContaining(held));
  await stop();
}, 300_000);
