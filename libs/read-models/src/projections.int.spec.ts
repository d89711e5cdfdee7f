import { randomInt } from 'node:crypto';
import { decisionMachine } from '#decision';
import type { DecisionCommand, DecisionEvent, DecisionReply, DecisionState } from '#decision';
import { Ledger, systemRuntime } from '#ledger';
import { exactText } from '#policy';
import { DECISION_PROJECTIONS } from './catalogue.js';
import { Feed } from './feed.js';
import { Generations } from './generations.js';
import { GRANTS, PARTITIONS, ProjectedLog, SETTINGS, TOPIC } from './projected-log.fixture.js';
import { limitChargesProjection } from './projections/limit-charges.projection.js';
import { decisionsProjection } from './projections/decisions.projection.js';
import { limitWindowsProjection } from './projections/limit-windows.projection.js';
import { usageHourlyProjection } from './projections/usage-hourly.projection.js';
import type { Projection } from './projection.js';

let world: ProjectedLog;
beforeAll(async () => void (world = await ProjectedLog.create()), 300_000);
afterAll(() => world.remove(), 300_000);

const count = async (from: string): Promise<number> => Number((await world.rows<{ n: string }>(`SELECT count(*) AS n FROM ${from}`))[0]!.n);
const TOOLS = ['plain', 'often', 'pay', 'slide', 'unknown'] as const;

/** Random calls in both partitions at once, some of them settled. */
async function traffic(calls: number): Promise<void> {
  await Promise.all(Array.from({ length: calls }, async () => {
    const partition = randomInt(PARTITIONS);
    const { call_id, verdict } = await world.decide(partition, TOOLS[randomInt(TOOLS.length)]!, { session: `s-${randomInt(3)}`, agent: `agent-${randomInt(2)}`, amount: `${randomInt(50)}.${randomInt(100)}` });
    if (verdict === 'ALLOW' && randomInt(3) === 0) await world.settle(partition, call_id, (['NOT_SENT', 'FAILED', 'SUCCEEDED'] as const)[randomInt(3)]!);
  }));
}

it('keeps every window as the owner’s state has it at the same offset, after random traffic with stops in the middle', async () => {
  for (let round = 0; round < 4; round++) {
    const { stop } = await world.follow();
    await traffic(150);
    // Wherever it is: in the middle of a batch, most likely.
    await stop();
  }
  const { stop } = await world.follow();
  await traffic(50);
  await world.caughtUp();

  const verified = await world.verify();
  expect(verified.map(({ offset }) => offset)).toEqual(await world.ends());
  expect(verified.flatMap(({ differences }) => differences)).toEqual([]);
  expect(verified.reduce((sum, { windows }) => sum + windows, 0)).toBeGreaterThan(10);

  // Not only this verifier's fold: the owner itself, which nothing has been submitted to since.
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const held = world.ledger.peek(partition, (state) => [...state.windows.entries()].flatMap(([endMs, counters]) => Array.from(counters, ([counter, used]) => `${endMs} ${counter} ${exactText(used)}`)))!;
    const rows = await world.rows<{ text: string }>(
      `SELECT (extract(epoch FROM window_end) * 1000)::bigint || ' ' || counter_id || ' ' || trim_scale(used) AS text FROM docket.limit_windows WHERE NOT sliding AND log_partition = ${partition}`);
    expect(rows.map(({ text }) => text)).toEqual(expect.arrayContaining(held));
    expect(held.length).toBeGreaterThan(0);
  }
  await stop();
}, 300_000);

it('has one row for each call, each charge and each refund, and counts each call once', async () => {
  const { stop } = await world.follow();
  await world.caughtUp();
  const events = await world.rows<{ event: { type: string; data: { charges: unknown[]; refunds: unknown[] } } }>(`SELECT event FROM ledger.log WHERE topic = '${TOPIC}'`);
  const decided = events.filter(({ event }) => event.type === 'docket.decision.CallDecided.v1');
  expect(await count('docket.decisions')).toBe(decided.length);
  expect(await count('docket.limit_charges')).toBe(decided.reduce((sum, { event }) => sum + event.data.charges.length, 0));
  const settled = events.filter(({ event }) => event.type === 'docket.decision.CallSettled.v1');
  expect(await count('docket.limit_charges WHERE refunded_at IS NOT NULL')).toBe(settled.reduce((sum, { event }) => sum + event.data.refunds.length, 0));
  expect(await count(`docket.decisions WHERE outcome IS NOT NULL`)).toBe(settled.length);
  const [usage] = await world.rows<{ calls: string }>('SELECT sum(calls) AS calls FROM docket.usage_hourly');
  expect(Number(usage!.calls)).toBe(decided.length);
  const [wrong] = await world.rows<{ n: string }>(
    `SELECT count(*) AS n FROM (SELECT grant_id, tool, agent, verdict, calls FROM docket.usage_hourly EXCEPT
       SELECT grant_id, tool, agent, verdict, count(*) FROM docket.decisions GROUP BY date_trunc('hour', decided_at), 1, 2, 3, 4) AS x`);
  expect(Number(wrong!.n)).toBe(0);
  await stop();
}, 300_000);

it('tells how each approval stands, from its opening to its redemption', async () => {
  const { stop } = await world.follow();
  const opened = await world.decide(0, 'ask');
  expect(opened.verdict).toBe('APPROVAL_REQUIRED');
  await world.caughtUp('approvals');
  expect(await world.rows(`SELECT state, approvers, call_id, needed FROM docket.approvals WHERE grant_id = '${GRANTS[0]}'`)).toEqual([{ state: 'pending', approvers: null, call_id: opened.call_id, needed: 1 }]);
  await world.resolve(opened.approval_id!, 'approve');
  await world.caughtUp('approvals');
  expect(await world.rows('SELECT state, approvers, decided_by FROM docket.approvals')).toEqual([{ state: 'approved', approvers: ['approver'], decided_by: 'approver' }]);
  const redeemed = await world.decide(0, 'ask');
  await world.caughtUp('approvals');
  expect(await world.rows('SELECT state, redeemed_by_call_id FROM docket.approvals')).toEqual([{ state: 'redeemed', redeemed_by_call_id: redeemed.call_id }]);
  const denied = await world.decide(1, 'ask');
  await world.resolve(denied.approval_id!, 'deny');
  await world.caughtUp('approvals');
  expect(await world.rows(`SELECT state FROM docket.approvals WHERE approval_id = '${denied.approval_id}'`)).toEqual([{ state: 'denied' }]);
  await stop();
}, 300_000);

it('changes nothing when a batch is delivered twice, or by two who follow at once', async () => {
  const both = [await world.follow(), await world.follow()];
  await traffic(100);
  await world.caughtUp();
  for (const { stop } of both) await stop();
  const sums = () => world.rows('SELECT (SELECT sum(calls) FROM docket.usage_hourly) AS calls, (SELECT count(*) FROM docket.decisions) AS decisions');
  expect((await world.verify()).flatMap(({ differences }) => differences)).toEqual([]);
  const [before] = await sums();
  expect(before!['calls']).toBe(before!['decisions']);

  // The same batch by hand: the first delivery counts, the second is refused.
  await world.decide(0, 'plain');
  const generation = (await new Generations(world.readModels).list()).find(({ projection }) => projection === 'usage_hourly')!;
  const positions = await world.readModels.checkpoints(generation.id, PARTITIONS);
  const feed = new Feed<DecisionEvent>({ log: world.log, topic: TOPIC, partition: 0, decode: decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined).decode, maxRecords: 10 }, positions[0]!);
  await feed.fetch(AbortSignal.timeout(10_000));
  const { batch } = await feed.take();
  const writer = await usageHourlyProjection.open({ table: generation.table, generation: generation.id, positions, readModels: world.readModels, log: world.log });
  expect(batch.events).toHaveLength(1);
  expect(await world.readModels.apply([{ generation: generation.id, writer }], [batch])).toBe(true);
  expect(await world.readModels.apply([{ generation: generation.id, writer }], [batch])).toBe(false);
  expect(Number((await sums())[0]!['calls'])).toBe(Number(before!['calls']) + 1);
}, 300_000);

it('rebuilds beside the live table: the view is never empty, a stop in the middle is made good, and the rows are the same', async () => {
  const first = await world.follow();
  await world.caughtUp();
  const rows = () => world.rows('SELECT * FROM docket.decisions ORDER BY log_partition, log_offset');
  const before = await rows();
  const generations = new Generations(world.readModels);
  const old = (await generations.list()).find(({ projection }) => projection === 'decisions')!;
  await first.stop();

  /** Every batch of the new table waits, so that there is a middle. */
  let gate: Promise<void> = Promise.resolve();
  let held = 0;
  const slow: Projection<DecisionEvent> = {
    ...decisionsProjection,
    async open(target) {
      const writer = await decisionsProjection.open(target);
      return { write: async (transaction, batches) => {
        await writer.write(transaction, batches);
        if (target.table === old.table) return;
        held += 1;
        await gate;
      } };
    },
  };
  let open: () => void = () => undefined;
  gate = new Promise((resolve) => (open = resolve));
  const building = await generations.build(slow, true);
  const second = await world.follow({ projections: [slow] });
  await world.until(() => held > 0);
  expect(await count('docket.decisions')).toBe(before.length);
  // Its connection is cut in the middle of the batch, as by a kill.
  await world.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'docket projector' AND state = 'idle in transaction'`);
  open();
  await second.stop();
  expect(await count(building.table)).toBe(0);
  expect((await generations.list()).find(({ id }) => id === building.id)?.state).toBe('building');

  let smallest = before.length;
  let looking = true;
  const look = (async () => {
    while (looking) smallest = Math.min(smallest, await count('docket.decisions'));
  })();
  const third = await world.follow({ projections: [decisionsProjection, limitChargesProjection] });
  await world.until(async () => (await generations.list()).some(({ id, state }) => id === building.id && state === 'live'));
  looking = false;
  await look;
  expect(smallest).toBe(before.length);
  expect(await rows()).toEqual(before);
  await world.until(async () => (await world.rows(`SELECT to_regclass('${old.table}') AS t`))[0]!['t'] === null);

  // It goes on in the new table.
  await world.decide(0, 'plain');
  await world.caughtUp('decisions');
  expect(await rows()).toHaveLength(before.length + 1);
  await third.stop();
}, 300_000);

it('folds nothing again for being arranged anew beside a rebuild', async () => {
  let opened = 0;
  const counted: Projection<DecisionEvent> = {
    ...limitWindowsProjection,
    open: (target) => {
      opened += 1;
      return limitWindowsProjection.open(target);
    },
  };
  const generations = new Generations(world.readModels);
  const { stop } = await world.follow({ projections: [counted, decisionsProjection] });
  await world.caughtUp('limit_windows', 'decisions');
  for (let rebuild = 0; rebuild < 2; rebuild++) {
    const building = await generations.build(decisionsProjection, true);
    await traffic(20);
    await world.until(async () => (await generations.list()).some(({ id, state }) => id === building.id && state === 'live'));
    await world.caughtUp('limit_windows', 'decisions');
  }
  expect(opened).toBe(1);
  expect((await world.verify()).flatMap(({ differences }) => differences)).toEqual([]);
  await stop();
}, 300_000);

it('is not held up by who reads a view in a transaction that does not end: rows go on, and what was rebuilt is shown once it has', async () => {
  const generations = new Generations(world.readModels);
  const { stop } = await world.follow();
  await world.caughtUp();
  const reader = await world.pool.connect();
  try {
    await reader.query('BEGIN; SELECT count(*) FROM docket.decisions');
    const building = await generations.build(decisionsProjection, true);
    world.troubles.length = 0;
    await world.until(() => world.troubles.some((error) => (error as { reason?: string }).reason === 'VIEW_IN_USE'));
    for (let round = 0; round < 3; round++) {
      await traffic(10);
      await world.caughtUp();
    }
    expect((await generations.list()).find(({ id }) => id === building.id)?.state).toBe('building');
    // Who comes to read meanwhile is not kept waiting either.
    expect(await count('docket.decisions')).toBe(Number((await world.rows<{ n: string }>('SELECT sum(calls) AS n FROM docket.usage_hourly'))[0]!.n));
    await reader.query('COMMIT');
    await world.until(async () => (await generations.list()).some(({ id, state }) => id === building.id && state === 'live'));
    expect(await count('docket.decisions')).toBe(Number((await world.rows<{ n: string }>('SELECT sum(calls) AS n FROM docket.usage_hourly'))[0]!.n));
  } finally {
    reader.release(true);
  }
  await stop();
}, 300_000);

it('fills a new version’s table beside the live one, and then shows it', async () => {
  const before = await count('docket.decisions');
  const generations = new Generations(world.readModels);
  const following = await world.follow({ projections: [{ ...decisionsProjection, version: decisionsProjection.version + 1 }] });
  await world.until(async () => (await generations.list()).some(({ projection, version, state }) => projection === 'decisions' && version === decisionsProjection.version + 1 && state === 'live'));
  expect(await count('docket.decisions')).toBe(before);
  await following.stop();
  // An older program puts its own in place again.
  const older = await world.follow({ projections: [decisionsProjection] });
  await world.until(async () => (await generations.list()).some(({ projection, version, state }) => projection === 'decisions' && version === decisionsProjection.version && state === 'live'));
  expect(await count('docket.decisions')).toBe(before);
  await older.stop();
}, 300_000);

it('gives the views of an older installation the comments of today, while somebody reads them', async () => {
  const comment = async (): Promise<unknown> => (await world.rows(`SELECT col_description('docket.decisions'::regclass, attnum) AS c FROM pg_attribute WHERE attrelid = 'docket.decisions'::regclass AND attname = 'tool'`))[0]!['c'];
  await new Generations(world.readModels).ensure(DECISION_PROJECTIONS);
  const said = await comment();
  expect(said).toEqual(expect.any(String));
  await world.rows('COMMENT ON COLUMN docket.decisions.tool IS NULL');
  const reader = await world.pool.connect();
  try {
    await reader.query('BEGIN; SELECT count(*) FROM docket.decisions');
    await new Generations(world.readModels).ensure(DECISION_PROJECTIONS);
    expect(await comment()).toBe(said);
  } finally {
    await reader.query('ROLLBACK');
    reader.release();
  }
}, 300_000);

it('stops the one projection that cannot apply an event, at that event, and lets the others go on', async () => {
  const poisoned: Projection<DecisionEvent> = {
    ...limitChargesProjection,
    async open(target) {
      const writer = await limitChargesProjection.open(target);
      return { write: async (transaction, batches) => {
        if (batches.some(({ events }) => events.some(({ event }) => event.type === 'CallDecided' && event.agent === 'poison'))) throw new Error('no row for this one');
        await writer.write(transaction, batches);
      } };
    },
  };
  await traffic(20);
  const { call_id } = await world.decide(1, 'plain', { agent: 'poison' });
  await traffic(20);
  const following = await world.follow({ projections: [poisoned, decisionsProjection] });
  await world.until(() => world.stopped.length > 0);
  await world.caughtUp('decisions');
  const [row] = await world.rows<{ log_offset: string }>(`SELECT log_offset FROM docket.decisions WHERE call_id = '${call_id}'`);
  expect(world.stopped).toEqual([{ projection: 'limit_charges', partition: 1, offset: Number(row!.log_offset), reason: 'no row for this one' }]);
  expect(await world.rows(`SELECT stopped_partition, stopped_offset, stopped_reason FROM docket.projections WHERE projection = 'limit_charges'`))
    .toEqual([{ stopped_partition: 1, stopped_offset: row!.log_offset, stopped_reason: 'no row for this one' }]);
  expect(await count(`docket.limit_charges WHERE log_partition = 1 AND log_offset >= ${row!.log_offset}`)).toBe(0);
  await following.stop();

  // A program that can apply it goes on from there.
  await new Generations(world.readModels).resumeStopped();
  const mended = await world.follow();
  await world.caughtUp();
  expect(await count(`docket.limit_charges WHERE call_id = '${call_id}'`)).toBe(1);
  expect(await count('docket.limit_charges')).toBe(Number((await world.rows<{ n: string }>(
    `SELECT sum(jsonb_array_length(event->'data'->'charges')) AS n FROM ledger.log WHERE topic = '${TOPIC}' AND event->>'type' = 'docket.decision.CallDecided.v1'`))[0]!.n));
  await mended.stop();
}, 300_000);

it('notices a window whose row is not what the log says', async () => {
  const { table } = (await new Generations(world.readModels).list()).find(({ projection }) => projection === 'limit_windows')!;
  const [changed] = await world.rows<{ counter_id: string; window_end_ms: string; used: string }>(
    `UPDATE ${table} SET used = used + 1 WHERE ctid = (SELECT ctid FROM ${table} WHERE log_partition = 0 LIMIT 1) RETURNING counter_id, window_end_ms, trim_scale(used)::text AS used`);
  const [verified] = await world.verify();
  expect(verified!.differences).toEqual([{
    counter_id: changed!.counter_id, window_end_ms: Number(changed!.window_end_ms), in_rows: changed!.used, in_log: String(Number(changed!.used) - 1),
  }]);
});

it('stops at a valid event of a type that it does not know, with everything before it in the rows', async () => {
  const machine = decisionMachine(SETTINGS, () => undefined);
  const newer = new Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>({
    log: world.log, topic: TOPIC, partitions: PARTITIONS, machine: { ...machine, encode: (event) => ({ ...machine.encode(event), type: 'docket.decision.Unheard.v1' }) },
    runtime: systemRuntime(), node: { name: 'newer', address: '' },
  });
  await traffic(10);
  await newer.start();
  await newer.submit(1, { type: 'SetPolicyVersion', registry_offset: 9, organisation: 'default', policy_id: 'p', version: 'e'.repeat(64) });
  const offset = (await world.ends())[1]! - 1;
  world.stopped.length = 0;
  const { stop } = await world.follow();
  await world.until(() => world.stopped.length === DECISION_PROJECTIONS.length);
  for (const at of world.stopped) expect(at).toMatchObject({ partition: 1, offset, reason: expect.stringMatching(/at offset \d+: valid event of type docket\.decision\.Unheard\.v1 could not be applied: unknown event type/) as string });
  const rows = await world.rows<{ next_offset: string }>(`SELECT next_offset FROM docket_tables.checkpoint JOIN docket_tables.generation ON id = generation_id WHERE log_partition = 1 AND state = 'live'`);
  expect(rows.map(({ next_offset }) => Number(next_offset))).toEqual(rows.map(() => offset));
  expect(rows).toHaveLength(DECISION_PROJECTIONS.length);
  await stop();
  await newer.stop();
}, 300_000);
