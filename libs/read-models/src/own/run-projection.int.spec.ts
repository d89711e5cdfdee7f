import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Generations } from '../generations.js';
import { projectionStatus } from '../projection-status.js';
import { GRANTS, PARTITIONS, ProjectedLog, TOPIC } from '../projected-log.fixture.js';
import { ownThere, removeOwn } from './remove-own.js';
import { runProjection, type RunOptions } from './run-projection.js';

let world: ProjectedLog;
let folder: string;
beforeAll(async () => {
  world = await ProjectedLog.create();
  folder = mkdtempSync(join(tmpdir(), 'docket-own-'));
  await world.createRegistry();
  for (let call = 0; call < 40; call++) await world.decide(call % PARTITIONS, call % 4 === 0 ? 'unknown' : 'plain', { agent: `agent-${call % 3}` });
}, 300_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await world.remove();
}, 300_000);

/** Writes a file and runs it as the command does. */
async function run(name: string, source: string, more: Partial<RunOptions> = {}) {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, source);
  const output: string[] = [];
  const progress: [number, number][] = [];
  const notes: string[] = [];
  const ran = await runProjection({
    readModels: world.readModels, log: world.log, partitions: { [TOPIC]: PARTITIONS, 'docket.registry': 1 }, file, shownFile: `${name}.ts`, range: { fromMs: null, toMs: null }, rangeText: '',
    timeLimitMs: 120_000, fresh: false, follow: false, signal: new AbortController().signal, onOutput: (text) => output.push(text), onProgress: (done, of) => progress.push([done, of]),
    onShown: () => undefined, onTrouble: () => undefined, onNote: (text) => notes.push(text), ...more,
  });
  return { ...ran, output: output.join(''), progress, notes };
}

const definition = (name: string, handler: string, more = '') => `
  import { defineProjection } from 'docket/projection';
  export default defineProjection({
    name: '${name}', version: 1,
    tables: { calls: { columns: { agent: 'text', verdict: 'text', calls: 'bigint', spent: 'numeric', last_at: 'timestamptz', notes: 'jsonb' }, key: ['agent', 'verdict'], comment: 'It''s counted' } ${more} },
    on: { CallDecided(event, { at, time, tables }) { ${handler} } },
  });`.replace("It''s", 'Its');
const COUNT = `
  const key = { agent: event.agent, verdict: event.verdict };
  tables.calls.add(key, { calls: 1, spent: '0.1' });
  tables.calls.set(key, { last_at: time, notes: { offset: at.offset } });`;
const counted = async (schema: string) => (await world.rows(`SELECT agent, verdict, calls::int, trim_scale(spent)::text AS spent FROM ${schema}.calls ORDER BY 1, 2`));
const expected = async (where = 'true') => {
  const rows = await world.rows<{ agent: string; verdict: string; calls: number }>(
    `SELECT event->'data'->>'agent' AS agent, event->'data'->>'verdict' AS verdict, count(*)::int AS calls FROM ledger.log WHERE topic = '${TOPIC}' AND event->>'type' = 'docket.decision.CallDecided.v1' AND ${where} GROUP BY 1, 2 ORDER BY 1, 2`);
  return rows.map((row) => ({ ...row, spent: String(row.calls / 10) }));
};

it('counts every event once, exactly, and goes on where it was', async () => {
  const first = await run('mine', definition('mine', COUNT));
  expect(first).toMatchObject({ isComplete: true, own: { schema: 'projection_mine' } });
  expect(first.progress.at(-1)![0]).toBe(first.progress.at(-1)![1]);
  expect(await counted('projection_mine')).toEqual(await expected());
  await world.decide(0, 'plain', { agent: 'late' });
  const second = await run('mine', definition('mine', COUNT));
  expect(second.records).toBe(1);
  expect(await counted('projection_mine')).toEqual(await expected());
  expect((await run('mine', definition('mine', COUNT))).records).toBe(0);
}, 300_000);

it('shows the state at an event time, and what lies between two', async () => {
  const [middle] = await world.rows<{ ms: string; time: string }>(`SELECT event->>'time' AS time FROM ledger.log WHERE topic = '${TOPIC}' AND event->>'type' = 'docket.decision.CallDecided.v1' ORDER BY stored_at, "offset" OFFSET 20 LIMIT 1`);
  const timeMs = Date.parse(middle!.time);
  await run('then', definition('then', COUNT), { range: { fromMs: null, toMs: timeMs + 1 }, rangeText: ` as of ${middle!.time}` });
  expect(await counted('projection_then')).toEqual(await expected(`(event->>'time')::timestamptz <= '${middle!.time}'`));
  await run('then', definition('then', COUNT), { range: { fromMs: timeMs + 1, toMs: null }, rangeText: ' later' });
  expect(await counted('projection_then')).toEqual(await expected(`(event->>'time')::timestamptz > '${middle!.time}'`));
}, 300_000);

it('reads no more of the log than the time asked for needs, where docket.decisions tells where that is, and is then not behind', async () => {
  const { stop } = await world.follow();
  for (let call = 0; call < 30; call++) await world.decide(call % PARTITIONS, 'plain', { agent: 'early' });
  const [last] = await world.rows<{ time: string }>(`SELECT max(event->>'time') AS time FROM ledger.log WHERE topic = '${TOPIC}'`);
  const middleMs = Date.parse(last!.time) + 1;
  await world.until(() => Date.now() > middleMs + 1);
  for (let call = 0; call < 20; call++) await world.decide(call % PARTITIONS, 'plain', { agent: 'late' });
  await world.caughtUp('decisions');
  await stop();
  const total = (await world.ends()).reduce((sum, end) => sum + end, 0);
  const is = (comparison: string): string => `(event->>'time')::timestamptz ${comparison} to_timestamp(${middleMs / 1000})`;

  const later = await run('later', definition('later', COUNT), { range: { fromMs: middleMs, toMs: null } });
  expect(later.notes).toEqual([]);
  expect(later.records).toBe(20);
  expect(later.progress.at(-1)).toEqual([total, total]);
  expect(await counted('projection_later')).toEqual(await expected(is('>=')));
  // Begun behind, it judges what follows as who has read everything: the owner's chain goes on there.
  await world.decide(0, 'plain', { agent: 'latest' });
  expect((await run('later', definition('later', COUNT), { range: { fromMs: middleMs, toMs: null } })).records).toBe(1);
  expect(await counted('projection_later')).toEqual(await expected(is('>=')));

  const all = { [TOPIC]: PARTITIONS, 'docket.registry': 1 };
  await Promise.all(Array.from({ length: 3_000 }, (_, call) => world.decide(call % PARTITIONS, 'plain', { agent: 'after all' })));
  const earlier = await run('earlier', definition('earlier', COUNT), { range: { fromMs: null, toMs: middleMs } });
  expect(earlier.records).toBeLessThan(3_000);
  expect(earlier.progress.at(-1)![0]).toBe(earlier.progress.at(-1)![1]);
  expect(await counted('projection_earlier')).toEqual(await expected(is('<')));
  expect((await run('earlier', definition('earlier', COUNT), { range: { fromMs: null, toMs: middleMs } })).records).toBe(0);
  const status = (await projectionStatus(world.readModels, world.log, all)).find(({ generation }) => generation.projection === 'earlier')!;
  expect(status.end - status.records).toBe(0);
}, 300_000);

it('reads from the beginning where nothing tells a place, and says so', async () => {
  await world.rows('ALTER VIEW docket.decisions RENAME TO away');
  try {
    const from = await run('unplaced', definition('unplaced', COUNT), { range: { fromMs: 1, toMs: null } });
    expect(from.notes).toEqual([expect.stringMatching(/^docket\.decisions does not tell where 1970-01-01T00:00:00\.001Z is in the log \(.*\): it is read from its beginning$/)]);
    expect(await counted('projection_unplaced')).toEqual(await expected());
  } finally {
    await world.rows('ALTER VIEW docket.away RENAME TO decisions');
  }
}, 300_000);

it('reads both topics, with rows inserted, written, deleted and inserted again', async () => {
  const source = `export default { name: 'both', version: 1, tables: { servers: { columns: { id: 'text', name: 'text', calls: 'integer' }, key: ['id'] }, log: { columns: { place: 'text', tool: 'text' } } }, on: {
    ServerRegistered: (event, { tables }) => { const id = event.server_id; tables.servers.insert({ id, name: 'first' }); tables.servers.delete({ id }); tables.servers.insert({ id, name: event.name }); },
    CallDecided: (event, { at, tables }) => { tables.servers.add({ id: event.server_id }, { calls: 1 }); tables.log.insert({ place: at.partition + '/' + at.offset, tool: event.tool }); },
  } };`;
  await run('both', source);
  const calls = (await expected()).reduce((sum, row) => sum + row.calls, 0);
  expect(await world.rows('SELECT * FROM projection_both.servers')).toEqual([{ id: 'server-a', name: 'Server A', calls }]);
  expect(await world.rows('SELECT count(*)::int AS n, count(DISTINCT place)::int AS places FROM projection_both.log')).toEqual([{ n: calls, places: calls }]);
}, 300_000);

it('builds a changed file beside what is shown, and then shows that; a failed one leaves what is shown', async () => {
  await run('mine', definition('mine', COUNT));
  const before = await counted('projection_mine');
  await expect(run('mine', definition('mine', `if (event.agent === 'late') throw new Error('no'); ${COUNT}`))).rejects.toMatchObject({ reason: 'PROJECTION_STOPPED' });
  expect(await counted('projection_mine')).toEqual(before);
  await run('mine', definition('mine', COUNT.replace('calls: 1', 'calls: 2')));
  expect(await counted('projection_mine')).toEqual(before.map((row) => ({ ...row, calls: Number(row['calls']) * 2 })));
  // Of the two before nothing is left.
  expect(await world.rows(`SELECT count(*)::int AS n FROM information_schema.tables WHERE table_schema = 'projection_mine' AND table_type = 'BASE TABLE'`)).toEqual([{ n: 1 }]);
}, 300_000);

it('goes on with what is built anew, where that was ended on the way', async () => {
  const tables = async (): Promise<[string, string][]> => (await new Generations(world.readModels).list()).filter(({ projection }) => projection === 'anew').map(({ state, own }): [string, string] => [state, own!.tables['calls']!]);
  await run('anew', definition('anew', COUNT));
  const [before] = await tables();
  expect(await run('anew', definition('anew', COUNT), { fresh: true, signal: AbortSignal.abort() })).toMatchObject({ isComplete: false });
  const [, begun] = await tables();
  expect(begun![0]).toBe('building');
  expect(await run('anew', definition('anew', COUNT))).toMatchObject({ isComplete: true });
  expect(await tables()).toEqual([['live', begun![1]]]);
  expect(begun![1]).not.toBe(before![1]);
  expect(await counted('projection_anew')).toEqual(await expected());
}, 300_000);

it('stops at the event that a handler throws at, with everything before it and nothing of it in the rows; mended, it goes on', async () => {
  const { call_id } = await world.decide(1, 'plain', { agent: 'poison' });
  await world.decide(1, 'plain', { agent: 'after' });
  const [place] = await world.rows<{ offset: string }>(`SELECT "offset" FROM ledger.log WHERE topic = '${TOPIC}' AND event->'data'->>'call_id' = '${call_id}'`);
  const offset = Number(place!.offset);
  const message = new RegExp(`poisoned has stopped at docket\\.decisions/1, offset ${offset}: the handler of CallDecided: cannot take it \\(line \\d+:\\d+\\)`);
  await expect(run('poisoned', definition('poisoned', `tables.calls.add({ agent: event.agent, verdict: event.verdict }, { calls: 1 }); if (event.agent === 'poison') throw new Error('cannot take it');`))).rejects.toMatchObject({
    kind: 'failed_precondition', reason: 'PROJECTION_STOPPED', message: expect.stringMatching(message) as string,
  });
  const generation = (await new Generations(world.readModels).list()).find(({ projection }) => projection === 'poisoned')!;
  expect(generation.stopped).toMatchObject({ partition: 1, offset });
  const table = generation.own!.tables['calls']!;
  const positions = await world.readModels.checkpoints(generation.id, PARTITIONS);
  expect(positions[1]!.offset).toBe(offset);
  const written = await world.rows<{ n: number }>(`SELECT coalesce(sum(calls), 0)::int AS n FROM ${table}`);
  const before = await world.rows<{ n: number }>(
    `SELECT count(*)::int AS n FROM ledger.log WHERE topic = '${TOPIC}' AND event->>'type' = 'docket.decision.CallDecided.v1' AND ((partition = 0 AND "offset" < ${positions[0]!.offset}) OR (partition = 1 AND "offset" < ${offset}))`);
  expect(written).toEqual(before);
  expect(await world.rows(`SELECT * FROM ${table} WHERE agent IN ('poison', 'after')`)).toEqual([]);
  await run('poisoned', definition('poisoned', COUNT));
  expect(await counted('projection_poisoned')).toEqual(await expected());
}, 300_000);

it.each([
  ['never ends', 'if (event.agent === "poison") for (;;);', /offset \d+: the handler of CallDecided: it has not ended within 0\.3 s/],
  ['ends the process', 'if (event.agent === "poison") process.exit(3);', /offset \d+: the handler of CallDecided: it ended the process/],
  ['takes all memory', 'if (event.agent === "poison") { const all = []; for (;;) all.push(new Array(1e6).fill({})); }', /offset \d+: the handler of CallDecided: (?:it took more than 512 MiB of memory|it has not ended)/],
  ['returns a promise', 'if (event.agent === "poison") return Promise.resolve();', /handlers are synchronous/],
  ['writes a huge row', 'if (event.agent === "poison") tables.calls.set({ agent: "x", verdict: "y" }, { notes: "x".repeat(2e6) });', /tables\.calls\.set: a row of 2\d+ characters, expected at most 1048576/],
  ['writes what the column cannot hold', 'if (event.agent === "poison") tables.calls.add({ agent: "x", verdict: "y" }, { calls: 1.5 });', /tables\.calls\.add: calls is bigint, found number/],
  ['makes a number too large', 'if (event.agent === "poison") tables.calls.add({ agent: "x", verdict: "y" }, { calls: 9223372036854775807n }); else tables.calls.add({ agent: "x", verdict: "y" }, { calls: 1 });', /offset \d+: .*out of range/],
  ['writes a key that no index holds', 'if (event.agent === "poison") { let x = 7, key = ""; while (key.length < 40_000) key += String.fromCharCode(33 + ((x = (x * 48271) % 2147483647) % 90)); tables.calls.add({ agent: key, verdict: "y" }, { calls: 1 }); }', /offset \d+: .*index row/],
  ['names no such column', 'if (event.agent === "poison") tables.calls.set({ agent: "x", verdict: "y" }, { colour: "red" });', /there is no column colour; expected one of agent, verdict, calls/],
])('stops where a handler %s, and says so', async (what, handler, message) => {
  await world.decide(1, 'plain', { agent: 'poison' });
  // On a busy machine any handler may take a while: only of the one that never ends is the limit short.
  await expect(run('faulty', definition('faulty', handler), { ...(what === 'never ends' && { timeLimitMs: 300 }), fresh: true })).rejects.toMatchObject({ reason: 'PROJECTION_STOPPED', message: expect.stringMatching(message) as string });
}, 300_000);

it('stops where what a handler has left behind ends the thread, and says so', async () => {
  const source = definition('behind', `setTimeout(() => { throw new Error('much later'); }, 0); ${COUNT}`);
  // It is seen by the next batch: until there has been one.
  let said = 'it ran';
  while (said === 'it ran') {
    await Promise.all(Array.from({ length: 600 }, (_, call) => world.decide(call % PARTITIONS, 'plain', { agent: 'many' })));
    said = await run('behind', source, { fresh: true }).then(() => said, (error: Error) => error.message);
  }
  expect(said).toMatch(/behind has stopped at docket\.decisions\/\d, offset \d+: .*it failed: much later/);
  await run('behind', definition('behind', COUNT));
  expect(await counted('projection_behind')).toEqual(await expected());
}, 300_000);

it.each([
  ['there is none', undefined, /none\.ts: there is no such file/],
  ['it is no TypeScript', 'const a = 1;\n\n  const = 3', /cannot be loaded: SyntaxError: .* \(line 3:9\)$/],
  ['it has what Node cannot strip', '\nenum X { A }', /cannot be loaded: SyntaxError: .*enum.* \(line 2:1\)$/],
  ['it imports what is not there', 'import { nothing } from "node:fs"; export default nothing;', /cannot be loaded: SyntaxError: .*nothing.* \(line 1:10\)$/],
  ['it throws', '\nthrow new Error("not today")', /cannot be loaded: not today \(line 2:7\)$/],
  ['it has no default export', 'export const mine = 1', /no default export; expected `export default defineProjection/],
  ['it exports something else', 'export default 3', /its default export is a number/],
])('refuses a file where %s', async (_what, source, message) => {
  const refusal = { kind: 'invalid_argument', message: expect.stringMatching(message) as string };
  if (source === undefined) await expect(run('none', '', { file: join(folder, 'none-such.ts'), shownFile: 'none.ts' })).rejects.toMatchObject(refusal);
  else await expect(run('wrong', source)).rejects.toMatchObject(refusal);
}, 300_000);

it('tells all problems of a definition at once', async () => {
  const source = `export default { name: 'Not Good', version: 0, tables: { t: { columns: { a: 'string', b: 'jsonb' }, key: ['c', 'b'] } }, on: { CallDecide() {}, CallSettled: 3 }, extra: 1 };`;
  const error = await run('wrong', source).catch((caught: unknown) => caught as { violations: { field: string; description: string }[] });
  const found = (error as { violations: { field: string; description: string }[] }).violations.map(({ field }) => field);
  for (const field of ['name', 'version', 'tables.t.columns.a', 'tables.t.key', 'on.CallDecide', 'on.CallSettled', '']) expect(found).toContain(field);
  expect(found.filter((field) => field === 'tables.t.key')).toHaveLength(2);
  const taken = await run('taken', `export default { name: 'decisions', version: 1, tables: { t: { columns: { a: 'text' } } }, on: { CallDecide() {} } }`).catch((caught: unknown) => caught);
  expect((taken as { violations: { field: string }[] }).violations.map(({ field }) => field).sort()).toEqual(['name', 'on.CallDecide']);
});

it('shows what was built once nobody reads what was before in a transaction that has not ended', async () => {
  await run('mine', definition('mine', COUNT));
  const reader = await world.pool.connect();
  try {
    await reader.query('BEGIN; SELECT count(*) FROM projection_mine.calls');
    const notes: string[] = [];
    const twice = definition('mine', COUNT.replace('calls: 1', 'calls: 2'));
    const running = run('mine', twice, { onNote: (text) => {
      notes.push(text);
      void reader.query('COMMIT');
    } });
    expect(await running).toMatchObject({ isComplete: true });
    expect(notes).toEqual([expect.stringMatching(/^somebody reads projection_mine in a transaction that has not ended/)]);
    expect(await counted('projection_mine')).toEqual((await expected()).map((row) => ({ ...row, calls: row.calls * 2 })));
  } finally {
    reader.release(true);
  }
}, 300_000);

it('says at once which index cannot be made of the rows, and leaves what is shown', async () => {
  const source = (indexes: string) => `export default { name: 'indexed', version: 1, tables: { t: { columns: { place: 'bigint', long: 'text' }, key: ['place'], indexes: ${indexes} } }, on: {
    CallDecided: (event, { at, tables }) => { if (event.agent !== 'latest') return; let x = at.offset + 7, long = ''; while (long.length < 20_000) long += String.fromCharCode(33 + ((x = (x * 48271) % 2147483647) % 90)); tables.t.set({ place: at.offset }, { long }); },
  } };`;
  await run('indexed', source('[]'));
  const shown = await world.rows('SELECT count(*)::int AS n FROM projection_indexed.t');
  await expect(run('indexed', source(`[['place'], ['long']]`))).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'PROJECTION_NOT_SHOWN', message: expect.stringMatching(/all rows of indexed are written, and cannot be shown: index row/) as string });
  expect(await world.rows('SELECT count(*)::int AS n FROM projection_indexed.t')).toEqual(shown);
  await run('indexed', source(`[['place'], ['place']]`));
  const [{ n }] = await world.rows<{ n: number }>(`SELECT count(*)::int AS n FROM pg_indexes WHERE schemaname = 'projection_indexed'`) as [{ n: number }];
  expect(n).toBe(3);
}, 300_000);

it('takes words of SQL as names of tables and columns', async () => {
  await run('words', `export default { name: 'words', version: 1, tables: { order: { columns: { user: 'text', end: 'bigint', group: 'jsonb' }, key: ['user'], indexes: [['end']], comment: 'c' } }, on: {
    CallDecided: (event, { tables }) => { tables.order.add({ user: event.agent }, { end: 1 }); tables.order.set({ user: event.agent }, { group: {} }); },
    CallSettled: (event, { tables }) => { tables.order.delete({ user: 'nobody' }); tables.order.insert({ user: 'nobody' }); tables.order.delete({ user: 'nobody' }); },
  } };`);
  const rows = await world.rows<{ n: number }>('SELECT sum("end")::int AS n FROM projection_words."order"');
  expect(rows[0]!.n).toBe((await expected()).reduce((sum, { calls }) => sum + calls, 0));
  await expect(run('system', `export default { name: 'system', version: 1, tables: { t: { columns: { xmin: 'text' } } }, on: { CallDecided() {} } }`)).rejects.toMatchObject({ violations: [{ field: 'tables.t.columns.xmin' }] });
}, 300_000);

it('counts nothing twice when two run at once', async () => {
  for (let call = 0; call < 60; call++) await world.decide(call % PARTITIONS, 'plain', { agent: 'many' });
  const source = definition('rivals', COUNT);
  const ends = await Promise.allSettled([run('rivals', source), run('rivals', source)]);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  expect(await counted('projection_rivals')).toEqual(await expected());
}, 300_000);

it('leaves Docket’s own projections alone, and they leave it', async () => {
  const { stop } = await world.follow();
  await world.caughtUp('decisions');
  await run('aside', definition('aside', COUNT));
  await new Generations(world.readModels).dropRetired();
  expect(await counted('projection_aside')).toEqual(await expected());
  expect((await world.rows(`SELECT count(*)::int AS n FROM docket.decisions WHERE grant_id = '${GRANTS[0]}'`))[0]!['n']).toBeGreaterThan(0);
  expect(world.stopped).toEqual([]);
  await stop();
}, 300_000);

it('is removed with all that it had, whether or not it was ever complete; what is shown outlives a try that is removed', async () => {
  const faulty = definition('gone', `if (event.agent === 'late') throw new Error('no'); ${COUNT}`);
  const there = async () => (await world.rows<{ n: number }>(`SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = to_regnamespace('projection_gone') AND relkind IN ('r', 'v')`))[0]!.n;
  await expect(run('gone', faulty)).rejects.toMatchObject({ reason: 'PROJECTION_STOPPED' });
  expect(await ownThere(world.readModels, 'gone')).toEqual({ views: [], isBuilding: true });
  expect(await removeOwn(world.readModels, 'gone', { unfinished: false })).toEqual({ views: [expect.stringContaining('calls')], tables: [expect.stringContaining('calls_g')], keptSchema: undefined });
  expect(await world.rows(`SELECT to_regnamespace('projection_gone') AS schema`)).toEqual([{ schema: null }]);

  await run('gone', definition('gone', COUNT));
  await expect(run('gone', faulty)).rejects.toMatchObject({ reason: 'PROJECTION_STOPPED' });
  expect(await there()).toBe(3);
  await removeOwn(world.readModels, 'gone', { unfinished: true });
  expect(await there()).toBe(2);
  expect(await counted('projection_gone')).toEqual(await expected());
  await expect(removeOwn(world.readModels, 'gone', { unfinished: true })).rejects.toMatchObject({ kind: 'not_found' });
  // What people made of it is not taken away under their feet, nor what else they keep in its schema.
  await world.rows('CREATE VIEW public.of_mine AS SELECT * FROM projection_gone.calls');
  await expect(removeOwn(world.readModels, 'gone', { unfinished: false })).rejects.toMatchObject({ kind: 'failed_precondition', message: expect.stringContaining('of_mine') as string });
  expect(await there()).toBe(2);
  await world.rows('DROP VIEW public.of_mine; CREATE TABLE projection_gone.notes (note text)');
  expect(await removeOwn(world.readModels, 'gone', { unfinished: false })).toMatchObject({ keptSchema: 'projection_gone' });
  expect(await there()).toBe(1);
  expect(await ownThere(world.readModels, 'gone')).toBeUndefined();
  expect((await projectionStatus(world.readModels, world.log, { [TOPIC]: PARTITIONS, 'docket.registry': 1 })).filter(({ generation }) => generation.projection === 'gone')).toEqual([]);
  await run('gone', definition('gone', COUNT));
  expect(await counted('projection_gone')).toEqual(await expected());
}, 300_000);

it('is not removed while somebody reads it in a transaction; one that follows the log ends when it is', async () => {
  const stopping = new AbortController();
  const following = run('followed', definition('followed', COUNT), { follow: true, signal: stopping.signal }).catch((error: Error) => error);
  try {
    await world.until(async () => (await ownThere(world.readModels, 'followed'))?.views.length === 1);
    const reader = await world.pool.connect();
    try {
      await reader.query('BEGIN; SELECT count(*) FROM projection_followed.calls');
      expect(await removeOwn(world.readModels, 'followed', { unfinished: false })).toBeUndefined();
      expect(await counted('projection_followed')).toEqual(await expected());
      await reader.query('COMMIT');
    } finally {
      reader.release(true);
    }
    expect(await removeOwn(world.readModels, 'followed', { unfinished: false })).toMatchObject({ keptSchema: undefined });
    await world.decide(0, 'plain', { agent: 'later' });
    expect(await following).toMatchObject({ kind: 'failed_precondition', reason: 'PROJECTION_REPLACED' });
  } finally {
    stopping.abort();
    await following;
  }
}, 300_000);

it('stops where the log is not the one that its rows were made from, even with nothing left to read; built anew it has the rows of the new one', async () => {
  await run('moved', definition('moved', COUNT));
  const place = `generation_id = (SELECT id FROM docket_tables.generation WHERE projection = 'moved' AND state = 'live') AND log_partition = 1`;
  const [kept] = await world.rows<{ resume: { offset: number } }>(`SELECT resume FROM docket_tables.checkpoint WHERE ${place}`);
  const { offset } = kept!.resume;
  await world.rows(`UPDATE docket_tables.checkpoint SET resume = resume || '{"head":"${'ab'.repeat(32)}"}' WHERE ${place}`);
  await expect(run('moved', definition('moved', COUNT))).rejects.toMatchObject({
    reason: 'PROJECTION_STOPPED', message: expect.stringMatching(new RegExp(`moved has stopped at docket\\.decisions/1, offset ${offset}: .* holds other records below offset ${offset} than were read there.*--rebuild`)) as string,
  });
  await world.rows(`UPDATE docket_tables.checkpoint SET next_offset = ${offset + 2}, resume = resume || '{"offset":${offset + 2}}' WHERE ${place}`);
  await expect(run('moved', definition('moved', COUNT))).rejects.toMatchObject({ message: expect.stringMatching(new RegExp(`ends at offset ${offset}, and ${offset + 2} records of it were read before`)) as string });
  expect((await run('moved', definition('moved', COUNT), { fresh: true })).isComplete).toBe(true);
  expect(await counted('projection_moved')).toEqual(await expected());
}, 300_000);
