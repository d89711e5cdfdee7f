import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { GrantKeys, openKeyring, openPool, type Keyring } from '#ledger';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { Secret } from '#platform';
import { PostgresTokenVault } from './postgres.token-vault.js';
import type { VaultAddress } from './token-vault.js';

const CANARY = 'canary-vault-5f1c';
const VERSION = 'ab'.repeat(16);
const address = (fields: Partial<VaultAddress> = {}): VaultAddress => ({ tenant: 'default', connectionId: 'partner', kind: 'secret', version: VERSION, ...fields });

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

async function openVault(ring: Keyring = keyring): Promise<PostgresTokenVault> {
  const keys = new GrantKeys({ pool, keyring: ring });
  await keys.prepare();
  const vault = new PostgresTokenVault({ pool, keys });
  await vault.prepare();
  return vault;
}

/** A keyring file with one key of known bytes. */
async function otherKeyring(): Promise<Keyring> {
  const key = randomBytes(32);
  const id = createHash('sha256').update('docket key-encryption key id v1\0').update(key).digest('hex').slice(0, 16);
  const file = join(folder, `other-${id}.json`);
  await writeFile(file, JSON.stringify({ docketKeyring: 1, current: id, keys: [{ id, key: key.toString('base64') }] }), { mode: 0o600 });
  return openKeyring({ file, create: false });
}

test('keeps a value over a restart, and knows what it does not have', async () => {
  const vault = await openVault();
  await vault.put(address(), new Secret(CANARY));
  const again = await openVault();
  expect((await again.get(address()))!.reveal()).toBe(CANARY);
  expect(await again.get(address({ version: 'cd'.repeat(16) }))).toBeUndefined();
  expect(await again.get(address({ kind: 'token' }))).toBeUndefined();
});

test('a version is written once', async () => {
  const vault = await openVault();
  await vault.put(address(), new Secret('one'));
  await expect(vault.put(address(), new Secret('two'))).rejects.toMatchObject({ kind: 'already_exists', reason: 'VAULT_VERSION_EXISTS' });
  expect((await vault.get(address()))!.reveal()).toBe('one');
});

test.each<[string, Partial<VaultAddress>]>([
  ['tenant', { tenant: 'other' }], ['connection', { connectionId: 'other' }], ['kind', { kind: 'token' }], ['version', { version: 'cd'.repeat(16) }],
])('a row moved to another %s does not open', async (_, moved) => {
  const vault = await openVault();
  await vault.put(address(), new Secret(CANARY));
  // The place it is moved to has a key of its own.
  await vault.put(address({ ...moved, version: 'ef'.repeat(16) }), new Secret('another'));
  const to = address(moved);
  await pool.query('INSERT INTO broker.token_vault SELECT $1, $2, $3, $4, sealed FROM broker.token_vault WHERE version = $5 ON CONFLICT DO NOTHING', [to.tenant, to.connectionId, to.kind, to.version, VERSION]);
  await expect(vault.get(to)).rejects.toMatchObject({ kind: 'data_loss', reason: 'SEAL_BROKEN' });
});

test('a row with a shortened tag or any bit changed does not open', async () => {
  const vault = await openVault();
  await vault.put(address(), new Secret(CANARY));
  const { rows: [row] } = await pool.query<{ sealed: string }>('SELECT sealed FROM broker.token_vault');
  const [key, sealed] = row!.sealed.split('.') as [string, string];
  expect(key).toBe('k1');
  const bytes = Buffer.from(sealed, 'base64');
  // 12 bytes of nonce, as much ciphertext as the value has, 16 bytes of tag.
  expect(bytes.length).toBe(12 + CANARY.length + 16);
  const flipped = Buffer.from(bytes);
  flipped[13]! ^= 1;
  const changes = [...[bytes.subarray(0, -12), bytes.subarray(0, -1), flipped].map((changed) => `k1.${changed.toString('base64')}`), `k2.${sealed}`, `k0.${sealed}`, sealed, ''];
  for (const changed of changes) {
    await pool.query('UPDATE broker.token_vault SET sealed = $1', [changed]);
    await expect(vault.get(address())).rejects.toMatchObject({ reason: 'SEAL_BROKEN' });
  }
});

test('without the key that wrapped its keys the vault does not open', async () => {
  await (await openVault()).put(address(), new Secret(CANARY));
  await expect(openVault(await otherKeyring())).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'KEYRING_MISMATCH' });
});

test('no row, and nothing else in the database, holds a value in clear', async () => {
  const vault = await openVault();
  await vault.put(address(), new Secret(CANARY));
  await vault.put(address({ kind: 'token' }), new Secret(`${CANARY}-token`));
  const { rows } = await pool.query<{ name: string }>(`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('broker', 'ledger')`);
  expect(rows.length).toBeGreaterThanOrEqual(3);
  for (const { name } of rows) {
    const { rows: all } = await pool.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
    const dump = all.map(({ text }) => text).join('\n');
    for (const spelling of [CANARY, Buffer.from(CANARY).toString('base64').slice(0, 20), Buffer.from(CANARY).toString('hex')]) expect(dump).not.toContain(spelling);
  }
});

test('the same secret sealed twice looks different, and its fingerprint is the same only within its connection', async () => {
  const vault = await openVault();
  await vault.put(address(), new Secret(CANARY));
  await vault.put(address({ version: 'cd'.repeat(16) }), new Secret(CANARY));
  const { rows } = await pool.query<{ sealed: string }>('SELECT sealed FROM broker.token_vault');
  expect(new Set(rows.map(({ sealed }) => sealed)).size).toBe(2);
  const print = await vault.fingerprint(address(), new Secret(CANARY));
  expect(print).toMatch(/^[0-9a-f]{64}$/);
  expect(await vault.fingerprint(address(), new Secret(CANARY))).toBe(print);
  expect(await vault.fingerprint(address({ connectionId: 'other' }), new Secret(CANARY))).not.toBe(print);
  expect(createHash('sha256').update(CANARY).digest('hex')).not.toBe(print);
});

test('pruning deletes what no event names any more, but nothing that was just written', async () => {
  const vault = await openVault();
  for (const byte of ['11', '22', '33']) await vault.put(address({ kind: 'token', version: byte.repeat(16) }), new Secret(byte));
  await pool.query(`UPDATE broker.token_vault SET created_at = now() - interval '1 hour' WHERE version <> $1`, ['33'.repeat(16)]);
  await vault.put(address(), new Secret('secret'));
  expect(await vault.prune(address({ kind: 'token' }), ['22'.repeat(16)])).toBe(1);
  const { rows } = await pool.query<{ version: string }>('SELECT version FROM broker.token_vault ORDER BY version');
  expect(rows.map(({ version }) => version)).toEqual(['22'.repeat(16), '33'.repeat(16), VERSION]);
});

test('pruning leaves a secret that is newer than the one that is named: it may be the only one that is good', async () => {
  const vault = await openVault();
  const versions = ['11', '22', '33'].map((byte) => byte.repeat(16)) as [string, string, string];
  for (const version of versions) await vault.put(address({ version }), new Secret(version));
  await pool.query(`UPDATE broker.token_vault SET created_at = now() - interval '1 hour' - CASE version WHEN $1 THEN interval '2 s' WHEN $2 THEN interval '1 s' ELSE interval '0 s' END`, versions.slice(0, 2));
  expect(await vault.newerSecret(address(), versions[1])).toBe(versions[2]);
  expect(await vault.newerSecret(address(), versions[2])).toBeUndefined();
  expect(await vault.prune(address(), [versions[1]])).toBe(1);
  expect((await vault.list('secret', 10)).map(({ version }) => version)).toEqual(versions.slice(1));
  await vault.remove(address({ version: versions[1] }));
  expect((await vault.list('secret', 10)).map(({ version }) => version)).toEqual([versions[2]]);
});

test('a key that has sealed half of what it may is followed by the next one, and what it sealed still opens', async () => {
  await (await openVault()).put(address(), new Secret('before'));
  await pool.query(`UPDATE ledger.grant_key SET seals = 3000000000 WHERE starts_with(grant_id, 'connection/')`);
  const vault = await openVault();
  const print = await vault.fingerprint(address(), new Secret(CANARY));
  await vault.put(address({ version: 'cd'.repeat(16) }), new Secret('after'));
  const { rows } = await pool.query<{ sealed: string }>('SELECT sealed FROM broker.token_vault ORDER BY created_at');
  expect(rows.map(({ sealed }) => sealed.split('.')[0])).toEqual(['k1', 'k2']);
  const again = await openVault();
  expect((await again.get(address()))!.reveal()).toBe('before');
  expect((await again.get(address({ version: 'cd'.repeat(16) })))!.reveal()).toBe('after');
  expect(await again.fingerprint(address(), new Secret(CANARY))).toBe(print);
});

test('a database that is away is UNAVAILABLE, and the error tells nothing of the value', async () => {
  const vault = await openVault();
  await vault.put(address(), new Secret('one'));
  await pool.query('ALTER TABLE broker.token_vault RENAME TO gone');
  const error = await vault.put(address({ version: 'cd'.repeat(16) }), new Secret(CANARY)).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ kind: 'unavailable', reason: 'VAULT_UNAVAILABLE' });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(CANARY);
});
