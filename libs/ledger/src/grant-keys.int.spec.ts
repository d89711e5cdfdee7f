import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { GrantKeys } from './grant-keys.js';
import { openKeyring, type Keyring } from './keyring.js';
import { openPool } from './postgres/pool.js';
import type { GrantKey } from './seal.js';

const AAD = 'call';

let postgres: ThrowawayPostgres;
let folder: string;
let keyring: Keyring;
let pool: pg.Pool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
  keyring = await openKeyring({ file: join(folder, 'keyring.json'), create: true });
  postgres = await startThrowawayPostgres();
}, 300_000);

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  pool = openPool({ connectionString: await postgres.createDatabase() });
});

afterEach(() => pool.end());

async function grantKeys(options: { keyring?: Keyring; cacheMax?: number } = {}): Promise<GrantKeys> {
  const keys = new GrantKeys({ pool, keyring, ...options });
  await keys.prepare();
  return keys;
}

async function keyOf(keys: GrantKeys, grantId: string): Promise<GrantKey> {
  const key = await keys.get(grantId);
  if (!key) throw new Error(`no key for ${grantId}`);
  return key;
}

test('a grant keeps its key over a restart, and no two grants have the same', async () => {
  const before = await grantKeys();
  for (const grant of ['g1', 'g2']) await before.create(grant);
  await before.create('g1');
  const sealed = (await keyOf(before, 'g1')).seal(Buffer.from('value'), AAD);

  const after = await grantKeys();
  expect(Buffer.from((await keyOf(after, 'g1')).open(sealed, AAD)).toString()).toBe('value');
  expect((await keyOf(after, 'g1')).hmac('x')).toBe((await keyOf(before, 'g1')).hmac('x'));
  const other = await keyOf(after, 'g2');
  expect(() => other.open(sealed, AAD)).toThrow(expect.objectContaining({ reason: 'SEAL_BROKEN' }));
  expect(await after.get('never')).toBeUndefined();
  expect(await after.status('never')).toBe('missing');
});

test('answers at once from memory, and asks the database once for several that wait for the same key', async () => {
  const keys = await grantKeys();
  await keys.create('g');
  const pending = [keys.get('g'), keys.get('g'), keys.get('g')];
  expect(pending[0]).toBeInstanceOf(Promise);
  expect(new Set(pending).size).toBe(1);
  const key = await pending[0];
  expect(keys.get('g')).toBe(key);
  key!.seal(Buffer.from('v'), AAD);
  expect(keys.counts).toEqual({ seals: 1, cached: 1 });
});

test('holds the most recently used keys in memory and no more', async () => {
  const keys = await grantKeys({ cacheMax: 2 });
  for (const grant of ['a', 'b', 'c']) await keys.create(grant);
  for (const grant of ['a', 'b', 'a', 'c']) await keys.get(grant);
  expect(keys.counts.cached).toBe(2);
  expect(keys.get('a')).not.toBeInstanceOf(Promise);
  const evicted = keys.get('b');
  expect(evicted).toBeInstanceOf(Promise);
  expect(await evicted).toBeDefined();
});

test('an erased key is gone for good, for those who hold it too, and is known to be erased', async () => {
  const keys = await grantKeys();
  await keys.create('g');
  const held = await keyOf(keys, 'g');
  await keys.erase('g');
  await keys.erase('g');
  expect(() => held.seal(Buffer.from('v'), AAD)).toThrow(expect.objectContaining({ reason: 'GRANT_KEY_ERASED' }));
  for (const each of [keys, await grantKeys()]) {
    expect(await each.get('g')).toBeUndefined();
    expect(await each.status('g')).toBe('erased');
    await expect(each.create('g')).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'GRANT_KEY_ERASED' });
  }
  const { rows } = await pool.query('SELECT wrapped, kek_id, erased_at IS NOT NULL AS erased FROM ledger.grant_key');
  expect(rows).toEqual([{ wrapped: null, kek_id: null, erased: true }]);
});

test('a grant erased before its key was made never gets one', async () => {
  const keys = await grantKeys();
  await keys.erase('g');
  await expect(keys.create('g')).rejects.toMatchObject({ reason: 'GRANT_KEY_ERASED' });
});

test('a read that was under way when the key was erased does not bring it back', async () => {
  const keys = await grantKeys();
  await keys.create('g');
  const reading = keys.get('g');
  await keys.erase('g');
  await reading;
  expect(await keys.get('g')).toBeUndefined();
});

test('the table never holds a key in clear, and a row moved to another grant opens nothing', async () => {
  const keys = await grantKeys();
  await keys.create('g1');
  await keys.create('g2');
  await pool.query(`UPDATE ledger.grant_key SET wrapped = (SELECT wrapped FROM ledger.grant_key WHERE grant_id = 'g1') WHERE grant_id = 'g2'`);
  await expect(keys.get('g2')).rejects.toMatchObject({ kind: 'data_loss', reason: 'GRANT_KEY_BROKEN' });
  expect(await keys.get('g1')).toBeDefined();
});

test('a stored key with any byte changed is refused, never used', async () => {
  const keys = await grantKeys();
  await keys.create('g');
  const { rows: [row] } = await pool.query<{ wrapped: Buffer }>('SELECT wrapped FROM ledger.grant_key');
  for (let at = 0; at < row!.wrapped.length; at += 1) {
    const changed = Buffer.from(row!.wrapped);
    changed[at]! ^= 0x10;
    await pool.query('UPDATE ledger.grant_key SET wrapped = $1', [changed]);
    await expect(keys.get('g')).rejects.toMatchObject({ reason: expect.stringMatching(/^(GRANT_KEY_BROKEN|KEYRING_MISMATCH)$/) as string });
  }
  await pool.query('UPDATE ledger.grant_key SET wrapped = $1', [row!.wrapped]);
  expect(await keys.get('g')).toBeDefined();
});

test('refuses a keyring of another database, at start and at every key', async () => {
  const keys = await grantKeys();
  await keys.create('g');
  const foreign = await openKeyring({ file: join(folder, 'foreign.json'), create: true });
  const others = new GrantKeys({ pool, keyring: foreign });
  await expect(others.prepare()).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'KEYRING_MISMATCH', message: expect.stringContaining(keyring.currentId) as string });
  await expect(others.get('g')).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'KEYRING_MISMATCH' });
});

test('says that the database cannot be reached, and works again afterwards', async () => {
  const keys = await grantKeys();
  await keys.create('g');
  await pool.query('ALTER TABLE ledger.grant_key RENAME TO elsewhere');
  await expect(keys.get('g')).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'DATABASE_NOT_PREPARED' });
  await pool.query('ALTER TABLE ledger.elsewhere RENAME TO grant_key');
  expect(await keys.get('g')).toBeDefined();
});

test('many keys are destroyed together, and doing it again destroys nothing else', async () => {
  const keys = await grantKeys();
  for (const grant of ['a', 'b', 'c']) await keys.create(grant);
  await keys.destroy(['a', 'c', 'never', 'a']);
  const { rows: first } = await pool.query('SELECT grant_id, erased_at FROM ledger.grant_key WHERE wrapped IS NULL ORDER BY grant_id');
  expect(first.map(({ grant_id }: { grant_id: string }) => grant_id)).toEqual(['a', 'c', 'never']);
  await keys.destroy(['a', 'c', 'never']);
  await keys.destroy([]);
  const { rows: again } = await pool.query('SELECT grant_id, erased_at FROM ledger.grant_key WHERE wrapped IS NULL ORDER BY grant_id');
  expect(again).toEqual(first);
  expect(await keys.get('b')).toBeDefined();
});

test('nothing is opened with a key that another process has destroyed, though this one still has it in memory', async () => {
  const [here, elsewhere] = [await grantKeys(), await grantKeys()];
  await here.create('g');
  const held = await here.getCurrent('g');
  expect(held).toBe(await keyOf(here, 'g'));
  await elsewhere.destroy(['g']);
  expect(await here.getCurrent('g')).toBeUndefined();
  expect(() => held!.open('', AAD)).toThrow(expect.objectContaining({ reason: 'GRANT_KEY_ERASED' }));
  expect(await here.getCurrent('never')).toBeUndefined();
});
