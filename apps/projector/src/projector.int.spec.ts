import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { decisionMachine } from '#decision';
import type { DecisionCommand, DecisionEvent, DecisionReply, DecisionState } from '#decision';
import { Ledger, openPool, PostgresEventLog, systemRuntime } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { createLogger, createMetrics } from '#platform';
import { registryMachine } from '#registry';
import { projectorConfig } from './config.js';
import { createApp } from './create-app.js';
import type { ProjectorApp } from './create-app.js';

const TOPIC = 'docket.decisions';
const PARTITIONS = 2;
const runtime = systemRuntime();
const node = { name: 'spec', address: '' };
const logger = createLogger({ level: 'silent', app: 'projector' });
const GRANTS = ['a'.repeat(32), 'b'.repeat(32)] as const;

let postgres: ThrowawayPostgres;
let url: string;
let log: PostgresEventLog;
let pool: pg.Pool;
let ledger: Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  url = await postgres.createDatabase();
  log = new PostgresEventLog({ connectionString: url });
  pool = openPool({ connectionString: url });
}, 300_000);

afterAll(async () => {
  await ledger.stop();
  await log.close();
  await pool.end();
  await postgres.stop();
}, 300_000);

/** The registry's first event and two grants without a policy, one in each partition. */
async function createLog(): Promise<void> {
  await log.prepare([{ topic: 'docket.registry', partitions: 1 }, { topic: TOPIC, partitions: PARTITIONS }]);
  const registry = new Ledger({ log, topic: 'docket.registry', partitions: 1, machine: registryMachine(), runtime, node });
  await registry.start();
  await registry.submit(0, {
    type: 'CreateRegistry', organisation: 'default', decisions_partitions: PARTITIONS, tokens_partitions: 1, call_id_memory_ms: 600_000, call_id_ahead_ms: 60_000,
  });
  await registry.stop();
  ledger = new Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>({ log, topic: TOPIC, partitions: PARTITIONS, machine: decisionMachine({ callIdMemoryMs: 600_000, callIdAheadMs: 60_000 }, () => undefined), runtime, node });
  await ledger.start();
  for (const [partition, grant_id] of GRANTS.entries()) {
    await ledger.submit(partition, {
      type: 'SetGrant', registry_offset: 1, grant_id, organisation: 'default', server_id: 'server-a', secret_hash: '', policy_id: '', mode: 'enforce', expires_at_ms: null, revoked: false,
    });
  }
}

const caller = { subject: 'gateway', organisation: 'default', server_ids: [] };

async function decide(partition: number, tool: string): Promise<string> {
  const call_id_time_ms = Date.now();
  const time = call_id_time_ms.toString(16).padStart(12, '0');
  const call_id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${randomBytes(6).toString('hex')}`;
  await ledger.submit(partition, {
    type: 'Decide', caller, grant: { grant_id: GRANTS[partition]!, secret_hash: null }, call_id, call_id_time_ms, content: 'c'.repeat(64), tool, server_id: '', session_id: 's-1',
    agent: 'agent-1', principal: '', tool_definition_hash: '', logical_call_id: '', dry_run: false, arguments: { keys: [], hmac: '0'.repeat(64), sealed: 'AAAA' }, args: new Map(), approval_id: `apr_${GRANTS[partition]!}_${'0'.repeat(24)}`, arguments_invalid: false, trace: '',
  });
  return call_id;
}

const project = (metrics = createMetrics()): Promise<ProjectorApp> => createApp(projectorConfig({ DATABASE_URL: url, HTTP_LISTEN: '127.0.0.1:0' }), { logger, metrics });
const rows = async () => (await pool.query<Record<string, unknown>>('SELECT * FROM docket.decisions ORDER BY log_partition, log_offset')).rows;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 150_000;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const caughtUp = (app: ProjectorApp): Promise<void> => until(async () => {
  const positions = app.progress().find(({ generation }) => generation.projection === 'decisions')?.positions.map(({ offset }) => offset) ?? [];
  const ends = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => log.endOffset({ topic: TOPIC, partition })));
  return positions.length === PARTITIONS && positions.every((position, partition) => position === ends[partition]);
});

it('waits for a registry, then keeps one row per call with its outcome, however often it is stopped and started', async () => {
  let app = await project();
  expect(await rows()).toEqual([]);
  await createLog();
  const calls = [await decide(0, 'tool-a'), await decide(1, 'tool-b'), await decide(0, 'tool-c')];
  await caughtUp(app);
  expect((await rows()).map(({ call_id, tool }) => [call_id, tool])).toEqual([[calls[0], 'tool-a'], [calls[2], 'tool-c'], [calls[1], 'tool-b']]);
  expect((await rows())[0]).toMatchObject({
    grant_id: GRANTS[0], server_id: 'server-a', verdict: 'DENY', rule: '(no policy)', policy_version: '', session_id: 's-1', agent: 'agent-1', outcome: null, log_partition: 0,
  });
  expect(await app.stop()).toBe(true);

  // Void for every reader: no claim made it.
  const appender = log.openAppender();
  const stray = { key: null, value: Buffer.from('{"specversion":"1.0","id":"9-1","type":"docket.decision.CallDecided.v1","epoch":9,"seq":"1"}') };
  await appender.append([{ topic: TOPIC, partition: 1, records: [stray] }], 5_000);
  await appender.close();
  app = await project();
  await caughtUp(app);
  expect(await rows()).toHaveLength(3);
  expect(await app.stop()).toBe(true);
}, 300_000);

it('changes nothing when batches are delivered again, or by two projectors at once', async () => {
  const before = await rows();
  await pool.query('UPDATE docket_tables.checkpoint SET next_offset = 0, resume = NULL');
  const both = await Promise.all([project(), project()]);
  await Promise.all(both.map(caughtUp));
  expect(await rows()).toEqual(before);
  const calls = await Promise.all(Array.from({ length: 50 }, (_, index) => decide(index % 2, `tool-${index}`)));
  await until(async () => (await rows()).length === before.length + calls.length);
  expect(await Promise.all(both.map((app) => app.stop()))).toEqual([true, true]);
  const { rows: checkpoints } = await pool.query<{ next_offset: string; resume: { offset: number } }>(`SELECT next_offset, resume FROM docket_tables.checkpoint JOIN docket_tables.generation ON id = generation_id WHERE projection = 'decisions'`);
  expect(checkpoints).toHaveLength(PARTITIONS);
  for (const { next_offset, resume } of checkpoints) expect(Number(next_offset)).toBe(resume.offset);
}, 300_000);

it('tells how far behind it is', async () => {
  const metrics = createMetrics();
  const app = await project(metrics);
  await caughtUp(app);
  await decide(0, 'late');
  await caughtUp(app);
  const text = await metrics.metrics();
  expect(text).toMatch(/docket_projection_lag_records\{projection="decisions_v\d+",partition="1"\} 0/);
  expect(text).toMatch(/docket_projection_event_time_seconds\{projection="decisions_v\d+",partition="0"\} \d{10}/);
  await app.stop();
}, 300_000);
