import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { Envelope, sha256 } from '#ledger';
import { exactText } from '#policy';
import { DECISION_PROJECTIONS } from './catalogue.js';
import { Generations } from './generations.js';
import { PARTITIONS, ProjectedLog, TOPIC } from './projected-log.fixture.js';
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
afterAll(() => world.remove(), 300_000);

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

it('stops at the very record that is gone from the log, with everything before it in the rows; a rebuild says the same, and put back all go on', async () => {
  const { stop } = await world.follow();
  await world.caughtUp();
  await stop();
  const end = (await world.ends())[1]!;
  for (let call = 0; call < 10; call++) await world.decide(1, 'plain');
  const rows = await world.rows<{ key: Buffer; value: Buffer }>(`DELETE FROM ledger.record USING ledger.head WHERE head_id = id AND topic = '${TOPIC}' AND partition = 1 AND "offset" = ${end + 5} RETURNING head_id, "offset", stored_at, key, value`);
  expect(rows).toHaveLength(1);
  const generations = new Generations(world.readModels);
  const gone = { partition: 1, offset: end + 5, reason: expect.stringMatching(new RegExp(`docket\\.decisions/1: offset ${end + 5} is missing from the log`)) as string };
  world.stopped.length = 0;
  const second = await world.follow();
  await world.until(async () => (await generations.list()).every(({ stopped }) => stopped !== undefined));
  for (const { stopped } of await generations.list()) expect(stopped).toEqual(gone);
  expect(world.stopped).toHaveLength(DECISION_PROJECTIONS.length);
  const offsets = await world.rows<{ n: string }>(`SELECT next_offset AS n FROM docket_tables.checkpoint JOIN docket_tables.generation ON id = generation_id WHERE state = 'live' AND log_partition = 1 AND topic = '${TOPIC}'`);
  expect(offsets.map(({ n }) => Number(n))).toEqual(DECISION_PROJECTIONS.map(() => end + 5));
  // Asked for under the same projector: it comes as far, so it is shown, and it says why it comes no further.
  const building = await generations.build(decisionsProjection, true);
  await world.until(async () => (await generations.list()).find(({ id }) => id === building.id)?.stopped !== undefined);
  expect((await generations.list()).find(({ id }) => id === building.id)).toMatchObject({ state: 'live', stopped: gone });
  await second.stop();
  // Put back, all go on.
  const { rowCount } = await world.pool.query('INSERT INTO ledger.record (head_id, "offset", stored_at, key, value) VALUES ($1, $2, $3, $4, $5)', Object.values(rows[0]!));
  expect(rowCount).toBe(1);
  await generations.resumeStopped();
  const again = await world.follow();
  await world.until(async () => (await generations.list()).every(({ state }) => state === 'live'));
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

it('notices that the log’s end was cut off: each stops and says so, and what is rebuilt from the rest is not shown', async () => {
  const { stop } = await world.follow();
  for (let call = 0; call < 6; call++) await world.decide(0, 'plain');
  await world.caughtUp();
  const end = (await world.ends())[0]!;
  // The owner notices, too, and ends: this is the last thing that happens to this log.
  const cut = await world.rows<object>(`DELETE FROM ledger.record USING ledger.head WHERE head_id = id AND topic = '${TOPIC}' AND partition = 0 AND "offset" >= ${end - 3} RETURNING head_id, "offset", stored_at, key, value`);
  expect(cut).toHaveLength(3);
  const setEnd = (to: number): Promise<unknown> => world.rows(`UPDATE ledger.head SET next_offset = ${to} WHERE topic = '${TOPIC}' AND partition = 0`);
  await setEnd(end - 3);
  const generations = new Generations(world.readModels);
  await world.until(async () => (await generations.list()).every(({ stopped }) => stopped !== undefined));
  for (const { stopped } of await generations.list()) expect(stopped).toEqual({ partition: 0, offset: end, reason: expect.stringMatching(/docket\.decisions\/0: offset \d+ is past the log's end/) as string });
  const building = await generations.build(decisionsProjection, true);
  await world.until(async () => (await generations.list()).find(({ id }) => id === building.id)?.stopped !== undefined);
  expect((await generations.list()).find(({ id }) => id === building.id)!.stopped).toEqual({
    partition: 0, offset: end - 3, reason: `docket.decisions/0 ends at offset ${end - 3}, and ${end} records of it were read before: records of the log are gone`,
  });
  await stop();
  // A start looks again, at a table that folds from the beginning as well.
  await generations.resumeStopped();
  const second = await world.follow();
  await world.until(async () => (await generations.list()).every(({ stopped }) => stopped !== undefined));
  await second.stop();
  for (const row of cut) await world.pool.query('INSERT INTO ledger.record (head_id, "offset", stored_at, key, value) VALUES ($1, $2, $3, $4, $5)', Object.values(row));
  await setEnd(end);
  await generations.resumeStopped();
  const again = await world.follow();
  await world.until(async () => (await generations.list()).every(({ state }) => state === 'live'));
  await world.caughtUp();
  expect((await world.verify()).flatMap(({ differences }) => differences)).toEqual([]);
  await again.stop();
}, 300_000);

it('notices that the log was cut and has grown again, for longer than before: each stops there and says so, and a rebuild has the rows of the log as it is', async () => {
  const generations = new Generations(world.readModels);
  const { stop } = await world.follow();
  await world.caughtUp();
  await stop();
  // The owner noticed the cut before, and has ended: what follows is written in the name of another one.
  const [end, before] = [(await world.ends())[0]!, await everything()];
  const cut = await world.rows<{ head_id: number; value: Buffer }>(`DELETE FROM ledger.record USING ledger.head WHERE head_id = id AND topic = '${TOPIC}' AND partition = 0 AND "offset" >= ${end - 3} RETURNING head_id, "offset", stored_at, key, value`);
  const lost = cut.map(({ value }) => JSON.parse(value.toString()) as { type: string; subject: string; epoch: number; time: string; data: { call_id: string } });
  const [last] = await world.rows<{ value: Buffer; epoch: number }>(`SELECT value FROM ledger.record WHERE head_id = ${cut[0]!.head_id} AND "offset" = ${end - 4}`);
  const envelope = new Envelope(TOPIC, 0);
  const timeMs = Date.parse(lost.at(-1)!.time);
  const claim = envelope.encodeClaim({ epoch: lost[0]!.epoch + 1, nonce: 'c'.repeat(32), node: 'another', address: '' }, timeMs);
  const values = [claim];
  let head = sha256(Buffer.from(sha256(last!.value) + sha256(claim), 'hex'));
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    const { type, subject, data } = lost[sequence % lost.length]!;
    const value = envelope.encodeEvent({ type, subject, data: { ...data, call_id: data.call_id.replace(/.{4}$/, `000${sequence}`) } }, lost[0]!.epoch + 1, sequence, head, timeMs);
    values.push(value);
    head = sha256(value);
  }
  for (const [index, value] of values.entries()) {
    await world.pool.query('INSERT INTO ledger.record (head_id, "offset", stored_at, key, value) VALUES ($1, $2, now(), NULL, $3)', [cut[0]!.head_id, end - 3 + index, value]);
  }
  await world.rows(`UPDATE ledger.head SET next_offset = ${end + 3} WHERE id = ${cut[0]!.head_id}`);

  const second = await world.follow();
  await world.until(async () => (await generations.list()).every(({ stopped }) => stopped !== undefined));
  for (const { stopped } of await generations.list()) {
    expect(stopped).toEqual({ partition: 0, offset: end, reason: expect.stringMatching(new RegExp(`docket\\.decisions/0 holds other records below offset ${end} than were read there`)) as string });
  }
  expect(await everything()).toEqual(before);
  const building = await generations.build(decisionsProjection, true);
  await world.until(async () => (await generations.list()).find(({ id }) => id === building.id)?.state === 'live');
  await world.caughtUp('decisions');
  // Three calls are gone, and five are there instead.
  const calls = lost.map(({ data }) => data.call_id);
  expect(await world.rows(`SELECT FROM docket.decisions WHERE call_id IN ('${calls.join(`','`)}')`)).toEqual([]);
  expect((await everything())[0]).toHaveLength(before[0]!.length + 2);
  await second.stop();
}, 300_000);
