import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ledger, PostgresEventLog, systemRuntime } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { ALL_PROJECTIONS, Generations, ReadModels, REGISTRY_PROJECTIONS, TopicFollower } from '#read-models';
import { decodeRegistryEvent, registryMachine } from '#registry';
import { docket, temporaryFolder } from './cli.fixture.js';

let postgres: ThrowawayPostgres;
let url: string;
let folder: ReturnType<typeof temporaryFolder>;
let log: PostgresEventLog;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  url = await postgres.createDatabase();
  folder = temporaryFolder();
  mkdirSync(join(folder.path, '.docket'));
  writeFileSync(join(folder.path, '.docket', 'credentials.json'), JSON.stringify({ grpc: '127.0.0.1:1', credentials: {}, database: url }));
  log = new PostgresEventLog({ connectionString: url });
  await log.prepare([{ topic: 'docket.registry', partitions: 1 }, { topic: 'docket.decisions', partitions: 1 }]);
}, 300_000);

afterAll(async () => {
  await log.close();
  await postgres.stop();
  folder.remove();
}, 300_000);

const run = (...args: string[]) => docket(['projections', ...args], { cwd: folder.path });
const lines = (text: string) => text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

async function createRegistry(): Promise<void> {
  const registry = new Ledger({ log, topic: 'docket.registry', partitions: 1, machine: registryMachine(), runtime: systemRuntime(), node: { name: 'spec', address: '' } });
  await registry.start();
  const by = { organisation: 'default', actor: 'admin' };
  await registry.submit(0, { type: 'CreateRegistry', organisation: 'default', decisions_partitions: 1, tokens_partitions: 1, call_id_memory_ms: 600_000, call_id_ahead_ms: 60_000 });
  await registry.submit(0, { type: 'RegisterServer', ...by, server_id: 'server-a', name: 'Server A' });
  for (const version of ['1', '2']) await registry.submit(0, { type: 'PublishPolicy', ...by, policy_id: 'p', version: version.repeat(64), document: `{"version":"${version}"}` });
  for (const id of ['a', 'b']) {
    await registry.submit(0, { type: 'IssueGrant', ...by, grant_id: id.repeat(32), server_id: 'server-a', policy_id: '', mode: 'enforce', label: `grant ${id}`, secret_hash: '0'.repeat(64), expires_at_ms: null });
  }
  await registry.submit(0, { type: 'AttachPolicy', ...by, grant_id: 'a'.repeat(32), policy_id: 'p', mode: 'observe' });
  await registry.submit(0, { type: 'RevokeGrant', ...by, grant_id: 'b'.repeat(32) });
  await registry.stop();
}

it('says so when nothing has been projected, and which projections there are', async () => {
  expect(await run('status')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/no registry yet/) as string });
  await createRegistry();
  expect(await run('list')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^docket: NOT_FOUND: nothing is projected into this database yet: start Docket/) as string });
  const readModels = await ReadModels.open(url);
  await new Generations(readModels).ensure(ALL_PROJECTIONS);
  await readModels.close();
  expect(await run('rebuild', 'decision')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/there is no projection "decision": expected one of decisions, /) as string });
}, 300_000);

it('lists, tells the lag, rebuilds with progress and verifies, while a projector runs', async () => {
  const readModels = await ReadModels.open(url);
  const behind = lines((await run('status', '--json')).stdout).find(({ projection }) => projection === 'grants')!;
  expect(behind).toMatchObject({ records: 0, lagRecords: 9, state: 'live', stopped: null });
  const stopping = new AbortController();
  const follower = new TopicFollower({
    readModels, log, topic: 'docket.registry', partitions: 1, decode: decodeRegistryEvent, projections: REGISTRY_PROJECTIONS, signal: stopping.signal,
    onTrouble: () => undefined, onStopped: () => undefined, onSwitched: () => undefined,
  });
  const running = follower.run();

  const rebuilt = await run('rebuild', 'grants');
  expect(rebuilt).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^docket\.grants now shows docket_tables\.grants_v\d+_g\d+: 9 records in /) as string });
  expect(rebuilt.stderr).toMatch(/grants \[#{30}\] 100 % {2}\d+ records\/s, 0 s left\n$/);
  const status = await run('status');
  expect(status.exitCode).toBe(0);
  expect(status.stdout).toMatch(/^grants v\d+ +live +9 +0 +0$/m);
  expect((await run('list')).stdout).toMatch(/^docket\.limit_windows +\d+ +live +docket_tables\.limit_windows_v\d+_g\d+ +docket\.decisions$/m);
  expect(await run('verify')).toMatchObject({ exitCode: 0, stdout: 'partition 0 at offset 0: 0 windows, all as the log says\n' });

  const rows = async (sql: string): Promise<unknown> => readModels.source.query(sql);
  expect(await rows('SELECT grant_id, policy_id, mode, label, issued_by, revoked_by, revoked_at IS NOT NULL AS revoked FROM docket.grants ORDER BY grant_id')).toEqual([
    { grant_id: 'a'.repeat(32), policy_id: 'p', mode: 'observe', label: 'grant a', issued_by: 'admin', revoked_by: null, revoked: false },
    { grant_id: 'b'.repeat(32), policy_id: '', mode: 'enforce', label: 'grant b', issued_by: 'admin', revoked_by: 'admin', revoked: true },
  ]);
  expect(await rows('SELECT server_id, name, registered_by FROM docket.servers')).toEqual([{ server_id: 'server-a', name: 'Server A', registered_by: 'admin' }]);
  expect(await rows('SELECT version, in_force, document FROM docket.policies ORDER BY log_offset')).toEqual([
    { version: '1'.repeat(64), in_force: false, document: { version: '1' } }, { version: '2'.repeat(64), in_force: true, document: { version: '2' } },
  ]);
  expect(JSON.stringify(await rows(`SELECT * FROM ${lines((await run('list', '--json')).stdout).find(({ projection }) => projection === 'grants')!['table'] as string}`))).not.toContain('0'.repeat(64));

  await new Generations(readModels).stop((await new Generations(readModels).list())[0]!.id, 0, 7, 'a reason');
  expect(await run('status')).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/stopped .* partition 0, offset 7: a reason/) as string });
  stopping.abort();
  await running;
  // As after a restore of an older log: what the rows have read is not there any more.
  await rows(`UPDATE docket_tables.checkpoint SET next_offset = next_offset + 2 WHERE generation_id = (SELECT id FROM docket_tables.generation WHERE projection = 'grants' AND state = 'live')`);
  expect(await run('status')).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^grants v\d+ .*the log ends before it: 2 records that it has read are not there any more$/m) as string });
  await rows(`UPDATE docket_tables.checkpoint SET next_offset = next_offset - 2 WHERE generation_id = (SELECT id FROM docket_tables.generation WHERE projection = 'grants' AND state = 'live')`);
  await readModels.close();
}, 300_000);

it('says what has become of a rebuild: nobody is there to work on it, or the log has lost records', async () => {
  expect(await run('rebuild', 'servers')).toMatchObject({ exitCode: 6, stderr: expect.stringMatching(/the rebuild of servers does not move: no projector is running on this database: start Docket/) as string });
  const readModels = await ReadModels.open(url);
  const rows = await readModels.source.query<object[]>(`DELETE FROM ledger.record USING ledger.head WHERE head_id = id AND topic = 'docket.registry' AND "offset" = 4 RETURNING head_id, "offset", stored_at, key, value`);
  const lost: object = Array.isArray(rows[0]) ? rows[0][0] as object : rows[0]!;
  await new Generations(readModels).resumeStopped();
  const stopping = new AbortController();
  const running = new TopicFollower({
    readModels, log, topic: 'docket.registry', partitions: 1, decode: decodeRegistryEvent, projections: REGISTRY_PROJECTIONS, signal: stopping.signal,
    onTrouble: () => undefined, onStopped: () => undefined, onSwitched: () => undefined,
  }).run();
  try {
    expect(await run('rebuild', 'servers')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^docket: DATA_LOSS: the rebuild of servers has stopped at docket\.registry, partition 0, offset 4: docket\.registry\/0: offset 4 is missing from the log, which ends at 9; the view shows the table of before$/m) as string });
    expect(await run('status')).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^servers v1 +stopped .*partition 0, offset 4: docket\.registry\/0: offset 4 is missing from the log/m) as string });
  } finally {
    stopping.abort();
    await running;
  }
  await readModels.source.query('INSERT INTO ledger.record (head_id, "offset", stored_at, key, value) VALUES ($1, $2, $3, $4, $5)', Object.values(lost));
  await new Generations(readModels).resumeStopped();
  await readModels.close();
}, 300_000);

it('runs the example of one’s own projection, shows it in list and status, rebuilds it, and its question has an answer', async () => {
  const { decisionMachine } = await import('#decision');
  const { startedMs, calls } = { startedMs: Date.now(), calls: 12 };
  const ledger = new Ledger({ log, topic: 'docket.decisions', partitions: 1, machine: decisionMachine({ callIdMemoryMs: 600_000, callIdAheadMs: 60_000 }, () => undefined) as never, runtime: systemRuntime(), node: { name: 'spec', address: '' } });
  await ledger.start();
  const grant_id = 'c'.repeat(32);
  await ledger.submit(0, { type: 'SetGrant', registry_offset: 1, grant_id, organisation: 'default', server_id: 'server-a', secret_hash: '', policy_id: '', mode: 'enforce', expires_at_ms: null, revoked: false } as never);
  for (let call = 0; call < calls; call++) {
    const time = startedMs.toString(16).padStart(12, '0');
    await ledger.submit(0, {
      type: 'Decide', caller: { subject: 'gateway', organisation: 'default', server_ids: [] }, grant: { grant_id, secret_hash: null }, call_id: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(call).padStart(12, '0')}`, call_id_time_ms: startedMs,
      content: 'c'.repeat(64), tool: 'tool-a', server_id: '', session_id: 's-1', agent: `agent-${call % 3 === 0 ? 1 : 2}`, principal: '', tool_definition_hash: '', logical_call_id: '', dry_run: false, arguments: { keys: [], hmac: '0'.repeat(64), sealed: 'AAAA' },
      args: new Map(), approval_id: `apr_${grant_id}_${'0'.repeat(24)}`, arguments_invalid: false, trace: '',
    } as never);
  }
  await ledger.stop();

  const example = fileURLToPath(new URL('../../../examples/projections/denials-by-rule.ts', import.meta.url));
  const ran = await run('run', example, '--json');
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(lines(ran.stdout)).toEqual([expect.objectContaining({ projection: 'denials_by_rule', complete: true, records: calls + 2, views: ['projection_denials_by_rule.denials'] })]);
  const readModels = await ReadModels.open(url, { migrate: false });
  const answer = await readModels.source.query<{ agent: string; refused: string }[]>(readFileSync(example.replace(/\.ts$/, '.sql'), 'utf8'));
  expect(answer.map(({ agent, refused }) => [agent, Number(refused)])).toEqual([['agent-2', 8], ['agent-1', 4]]);
  await readModels.close();

  expect((await run('list')).stdout).toMatch(/^projection_denials_by_rule\.denials +1 +live .*docket\.decisions$/m);
  expect(lines((await run('status', '--json')).stdout).find(({ projection }) => projection === 'denials_by_rule')).toMatchObject({ records: calls + 2, lagRecords: 0, lagSeconds: 0, stopped: null });
  const rebuilt = await run('rebuild', 'denials_by_rule');
  expect(rebuilt).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^projection_denials_by_rule\.denials: denials_by_rule v1, 14 records read in/) as string, stderr: expect.stringMatching(/^projecting \[#{30}\] 100 % /m) as string });
  expect(await run('rebuild', 'nonsense')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/there is no projection "nonsense": expected one of decisions, .*, denials_by_rule$/m) as string });
  expect(await run('remove', 'denials_by_rule')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/removing a projection cannot be undone, and there is no terminal to ask at: give --yes/) as string });
  expect(await run('remove', 'decisions', '--yes')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/decisions is one of Docket's own projections/) as string });
  expect(await run('remove', 'denials', '--yes')).toMatchObject({ exitCode: 1, stderr: 'docket: NOT_FOUND: there is no projection "denials" of your own; yours are denials_by_rule\n' });
  expect(await run('remove', 'denials_by_rule', '--unfinished', '--yes')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/there is nothing unfinished of denials_by_rule/) as string });
  expect(await run('remove', 'denials_by_rule', '--yes')).toMatchObject({ exitCode: 0, stdout: 'removed: projection_denials_by_rule.denials with all rows\n', stderr: '' });
  expect((await run('list')).stdout).not.toContain('denials_by_rule');
  expect((await run('status')).exitCode).toBe(0);
  expect(await run('run', 'none.ts')).toMatchObject({ exitCode: 2, stderr: 'docket: INVALID_ARGUMENT: none.ts: there is no such file\n' });
  expect(await run('run', example, '--as-of', '2020-01-01', '--follow')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--as-of goes without/) as string });
}, 300_000);
