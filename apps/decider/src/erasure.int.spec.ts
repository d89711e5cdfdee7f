import type { ServiceError } from '@grpc/grpc-js';
import pg from 'pg';
import { bearer } from '#contracts';
import type { registry } from '#contracts';
import { GrantKeys, Judge, PostgresEventLog, openKeyring } from '#ledger';
import { join } from 'node:path';
import { ApprovalsFixture } from './approvals/approvals.fixture.js';
import { callId, failureOf } from './decider.fixture.js';

/** No word that is in the log for another reason. */
const MARKER = 'zebra-7731-quartz';

let world: ApprovalsFixture;
let pool: pg.Pool;
beforeAll(async () => {
  world = await ApprovalsFixture.start(true);
  pool = new pg.Pool({ connectionString: world.databaseUrl, max: 2 });
}, 300_000);
afterAll(async () => {
  await pool.end();
  await world.remove();
}, 300_000);

const erase = (grantId: string): Promise<registry.EraseGrantResponse__Output> =>
  world.decider.admin((client, metadata, done) => client.EraseGrant({ grantId }, metadata, done as (error: ServiceError | null, value?: registry.EraseGrantResponse__Output) => void));

/** All rows of all tables, log and projections and snapshots included, as text; binary columns as the bytes they are. */
async function dump(): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`);
  let text = '';
  for (const { name } of tables) {
    const { rows } = await pool.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
    for (const row of rows) for (const value of Object.values(row)) text += `${name} ${Buffer.isBuffer(value) ? value.toString('latin1') : typeof value === 'object' ? JSON.stringify(value) : String(value)}\n`;
  }
  return text;
}

const spellings = (word: string): string[] => [word, Buffer.from(word).toString('base64').replace(/=+$/, ''), Buffer.from(word).toString('hex'), ...[1, 2].map((shift) => Buffer.from(' '.repeat(shift) + word).toString('base64').slice(4, -4))];

test('erasing ends the grant and its approvals, makes every value of it unreadable, and leaves the rest', async () => {
  const { grant, id } = await world.opened();
  const other = await world.opened();
  const charge = { arguments: Buffer.from(JSON.stringify({ amount: 100, note: MARKER })) };
  const allowed = callId(world.clock.runtime.wallMs());
  expect(await world.charge(grant, 0, { ...charge, callId: allowed })).toMatchObject({ verdict: 'ALLOW' });
  const marked = await world.charge(grant, 0, { arguments: Buffer.from(JSON.stringify({ amount: 700, note: MARKER })) });
  expect(String((await world.get(marked.approvalId)).arguments)).toContain(MARKER);
  const waiting = world.wait(marked.approvalId, world.ann);

  expect(await erase(grant.id)).toMatchObject({ grant: { grantId: grant.id, revokedAt: expect.anything(), erasedAt: expect.anything() }, inForce: { pendingPartitions: [] }, keyDestroyed: true });

  expect(await waiting).toMatchObject({ state: 'STATE_ERASED', argumentsShown: 'ERASED' });
  for (const approvalId of [id, marked.approvalId]) {
    const shown = await world.get(approvalId);
    expect(shown).toMatchObject({ state: 'STATE_ERASED', argumentsShown: 'ERASED' });
    expect(shown.arguments).toHaveLength(0);
    expect(await failureOf(world.resolve(approvalId, 'APPROVE', world.ann))).toMatchObject({ reason: 'APPROVAL_ENDED', metadata: { state: 'erased' } });
  }
  expect((await world.list({ state: 'STATE_ERASED' })).approvals.map(({ approvalId }) => approvalId).sort()).toEqual([id, marked.approvalId].sort());
  expect(await failureOf(world.charge(grant, 1))).toMatchObject({ reason: 'GRANT_KEY_ERASED' });
  expect(await world.get(other.id)).toMatchObject({ state: 'PENDING', argumentsShown: 'SHOWN' });
  expect(await world.charge(other.grant, 1)).toMatchObject({ verdict: 'ALLOW' });
  const settled = await new Promise((resolve, reject) => world.decider.client.Settle({ grant: grant.id, callId: allowed, outcome: 'SUCCEEDED' }, bearer(world.gateway), (error, value) => (error ? reject(error) : resolve(value))));
  expect(settled).toMatchObject({ replayed: false });

  const { rows } = await pool.query('SELECT wrapped, kek_id, erased_at FROM ledger.grant_key WHERE grant_id = $1', [grant.id]);
  expect(rows).toEqual([{ wrapped: null, kek_id: null, erased_at: expect.any(Date) as Date }]);
  const text = await dump();
  expect(text).toContain(grant.id);
  for (const spelling of spellings(MARKER)) expect(text).not.toContain(spelling);
});

test('nothing in the log was touched: hashes, receipts and the chain are what they were', async () => {
  const { grant } = await world.opened();
  const receipt = (await world.charge(grant, 5)).receipt!;
  await erase(grant.id);
  const log = new PostgresEventLog({ connectionString: world.databaseUrl });
  try {
    const tp = { topic: receipt.topic, partition: receipt.partition };
    const judge = new Judge(tp.topic, tp.partition);
    let hash = '';
    for (const end = await log.endOffset(tp); judge.resume.offset < end;) {
      for (const record of await log.read(tp, judge.resume.offset)) {
        const judged = judge.judge(record);
        expect(judged.kind).not.toBe('void');
        if (judged.kind === 'event' && record.offset === receipt.offset) hash = judged.at.hash;
      }
    }
    expect(hash).toBe(Buffer.from(receipt.hash).toString('hex'));
  } finally {
    await log.close();
  }
});

test('is for administrators, once and for good: again it changes nothing, and the grant cannot come back', async () => {
  const { grant } = await world.opened();
  const denied = new Promise((_, reject) => world.decider.admin((client, _metadata, done) => client.EraseGrant({ grantId: grant.id }, bearer(world.ann), done)).catch(reject));
  await expect(denied).rejects.toMatchObject({ details: expect.stringContaining('needs the role admin') as string });
  const first = await erase(grant.id);
  expect(await erase(grant.id)).toEqual(first);
  expect(await failureOf(erase('0'.repeat(32)))).toMatchObject({ reason: 'GRANT_NOT_FOUND' });
  expect(await failureOf(world.decider.admin((client, metadata, done) => client.AttachPolicy({ grantId: grant.id, policyId: first.grant!.policyId }, metadata, done)))).toMatchObject({ reason: 'GRANT_REVOKED' });
});

test('a key that a backup of the database brought back is destroyed before anything is served', async () => {
  const { grant, id } = await world.opened();
  const { rows: [key] } = await pool.query<{ kek_id: string; wrapped: Buffer }>('SELECT kek_id, wrapped FROM ledger.grant_key WHERE grant_id = $1', [grant.id]);
  await erase(grant.id);
  await world.decider.stop();
  await pool.query('UPDATE ledger.grant_key SET kek_id = $2, wrapped = $3, erased_at = NULL WHERE grant_id = $1', [grant.id, key!.kek_id, key!.wrapped]);
  await world.decider.start();
  const keys = new GrantKeys({ pool, keyring: await openKeyring({ file: join(world.decider.folder, 'keyring.json'), create: false }) });
  expect(await keys.status(grant.id)).toBe('erased');
  expect(await world.get(id)).toMatchObject({ state: 'STATE_ERASED', argumentsShown: 'ERASED' });
});
