import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { BackupSite, LIMIT } from './backup.fixture.js';

const TEST_MS = 300_000;

let postgres: ThrowawayPostgres;
let site: BackupSite;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  site = await BackupSite.create(postgres, {});
  await site.start();
}, TEST_MS);

afterAll(async () => {
  await site?.remove();
  await postgres?.stop();
}, TEST_MS);

test('a log in PostgreSQL is brought back with its database: verdicts, receipts, limits, keys and rows as they were then', async () => {
  const grant = await site.grant();
  for (let i = 0; i < 5; i += 1) expect((await site.pay(grant)).verdict).toBe('ALLOW');
  const rows = await site.projected(5);
  await site.stop();
  await site.copyDatabase('backup_whole');
  await site.start();
  const lost = await site.pay(grant);
  await site.stop();
  await site.destroyDatabase();
  await site.putBackDatabase('backup_whole');
  await site.start();
  const kept = site.paid.filter(({ callId }) => callId !== lost.callId);
  for (const { callId, receipt } of kept) expect(await site.pay(grant, callId)).toMatchObject({ verdict: 'ALLOW', replayed: true, receipt });
  // What came after the backup never was: it is decided, and counted, as a new call.
  expect(await site.pay(grant, lost.callId)).toMatchObject({ verdict: 'ALLOW', replayed: false });
  const verdicts: string[] = [];
  for (let i = 0; i < 4; i += 1) verdicts.push((await site.pay(grant)).verdict);
  expect(verdicts).toEqual([...Array<string>(LIMIT - 6).fill('ALLOW'), 'RATE_LIMITED', 'RATE_LIMITED']);
  const after = await site.projected(10);
  for (const row of rows) expect(after).toContainEqual(row);
  expect(await site.succeeds('log', 'verify')).toContain('docket.decisions/1');
  expect(await site.succeeds('projections', 'verify')).toMatch(/all as the log says/);
}, TEST_MS);

test('archives become a log again in an empty database, at the same offsets, also when that is interrupted; nothing else does', async () => {
  await site.succeeds('log', 'archive', '--before', new Date(Date.now() + 1_000).toISOString(), '--out', 'backup');
  const other = await BackupSite.create(postgres, {});
  try {
    const restore = (...more: string[]) => other.run('log', 'restore', '--from-archive', `${site.decider.folder}/backup`, ...more);
    const first = await restore();
    expect({ exitCode: first.exitCode, stderr: first.exitCode === 0 ? '' : first.stderr }).toEqual({ exitCode: 0, stderr: '' });
    const read = (of: BackupSite): Promise<unknown[]> => of.rows(`SELECT h.topic, h.partition, r."offset"::text, encode(sha256(r.value), 'hex') AS hash, encode(r.key, 'hex') AS key FROM ledger.record r JOIN ledger.head h ON h.id = r.head_id ORDER BY 1, 2, r."offset"`);
    const restored = await read(other);
    expect(restored.length).toBeGreaterThan(15);
    expect((await read(site)).slice(0)).toEqual(expect.arrayContaining(restored));
    // Once more: there is nothing to do, and nothing is written twice.
    expect(await other.succeeds('log', 'restore', '--from-archive', `${site.decider.folder}/backup`)).toMatch(/^0 records written/m);
    expect(await read(other)).toEqual(restored);
    // As an interrupted one leaves it.
    await other.rows(`DELETE FROM ledger.record r USING ledger.head h WHERE h.id = r.head_id AND h.topic = 'docket.decisions' AND r."offset" >= 3`);
    await other.rows(`UPDATE ledger.head SET next_offset = 3 WHERE topic = 'docket.decisions' AND next_offset > 3`);
    expect(await other.succeeds('log', 'restore', '--from-archive', `${site.decider.folder}/backup`)).toMatch(/^[1-9]\d* records written/m);
    expect(await read(other)).toEqual(restored);
    await other.rows(`UPDATE ledger.record SET value = value || ' '::bytea WHERE "offset" = 1`);
    const strange = await restore();
    expect([strange.exitCode, strange.stderr]).toEqual([1, expect.stringContaining('the log must be empty, or hold the archive’s beginning')]);
    expect((await restore('--key', Buffer.alloc(32, 9).toString('base64'))).stderr).toContain('which is none of those that are trusted here');
  } finally {
    await other.remove();
  }
}, TEST_MS);
