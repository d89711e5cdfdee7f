import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { GrantKeys } from '../grant-keys.js';
import { addKey, dropKeys } from '../keyring.js';
import { openPool } from '../postgres/pool.js';
import type { LiveKeyring } from './live-keyring.js';
import { openKeys, type KeysConfig } from './open-keys.js';
import { kekUses, rewrapKeys, rotatingAlone } from './rotate-keys.js';

let postgres: ThrowawayPostgres;
let folder: string;
let pool: pg.Pool;
let file: string;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
}, 300_000);

afterAll(() => postgres.stop());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
  file = join(folder, 'keyring.json');
  pool = openPool({ connectionString: await postgres.createDatabase() });
});

afterEach(async () => {
  await pool.end();
  await rm(folder, { recursive: true, force: true });
});

const open = (config: Partial<KeysConfig> = {}): Promise<LiveKeyring> => openKeys({ pool, config: { file, create: false, ...config } });
const key = (): string => randomBytes(32).toString('base64');
const given = (...keys: string[]): Pick<KeysConfig, 'kek'> => ({ kek: { reveal: () => keys.join(',') } });

async function grantKeys(keyring: LiveKeyring, cacheMax = 50_000): Promise<GrantKeys> {
  const keys = new GrantKeys({ pool, keyring, cacheMax });
  await keys.prepare();
  return keys;
}

async function sealed(keys: GrantKeys, id: string): Promise<string> {
  await keys.create(id);
  return (await keys.get(id))!.seal(Buffer.from(id), 'aad');
}

describe('where keys come from', () => {
  test('nothing opens without a key, and the message says where one may be', async () => {
    await expect(open()).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'KEYRING_MISSING', message: expect.stringMatching(/KEK, KEK_FILE nor KMS_KEY_ID/) as string });
  });

  test('a keyring file is made only where it may be, and never for a database that holds keys already', async () => {
    const made = await open({ create: true });
    await (await grantKeys(made)).create('g');
    await rm(file);
    await expect(open({ create: true })).rejects.toMatchObject({ reason: 'KEYRING_MISSING', message: expect.stringContaining('restore') as string });
  });

  test('KEK and KEK_FILE hold the current key first and those before it; the same key has the same id wherever it stands', async () => {
    const [one, two] = [key(), key()];
    const kekFile = join(folder, 'kek');
    await writeFile(kekFile, `${two}\n${one}\n`, { mode: 0o600 });
    const [fromEnvironment, fromFile] = [await open(given(one, two)), await open({ kekFile })];
    expect(fromEnvironment.currentId).not.toBe(fromFile.currentId);
    expect(fromEnvironment.get(fromFile.currentId)!.equals(fromFile.get(fromFile.currentId)!)).toBe(true);
    expect(fromEnvironment.headKeys.map(({ id }) => id)).toEqual(fromFile.headKeys.map(({ id }) => id).reverse());
  });

  test.each([['nothing', ' '], ['a key that is cut', key().slice(0, 40)], ['a password', 'correct horse battery staple'], ['other than 32 bytes', randomBytes(16).toString('base64')]])(
    'refuses a KEK that is %s, without showing it', async (_, text) => {
      const error = await open(given(text)).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ kind: 'failed_precondition', reason: 'KEK_MALFORMED' });
      if (text.trim() !== '') expect((error as Error).message).not.toContain(text.slice(0, 8));
    });

  test('refuses a KEK_FILE that everybody may read', async () => {
    const kekFile = join(folder, 'kek');
    await writeFile(kekFile, key(), { mode: 0o600 });
    await chmod(kekFile, 0o644);
    await expect(open({ kekFile })).rejects.toMatchObject({ reason: 'KEK_EXPOSED' });
    await chmod(kekFile, 0o640);
    expect((await open({ kekFile })).currentId).toMatch(/^[0-9a-f]{16}$/);
  });

  test('keys move from the keyring file to KEK: what the file wraps is read beside it, and rewrapped', async () => {
    const before = await grantKeys(await open({ create: true }));
    const value = await sealed(before, 'g');
    const moved = given(key());
    await expect(open(moved).then(grantKeys)).rejects.toMatchObject({ reason: 'KEYRING_MISMATCH' });
    const both = await open({ ...moved, isFileNamed: true });
    expect(Buffer.from((await (await grantKeys(both)).get('g'))!.open(value, 'aad')).toString()).toBe('g');
    expect(await rewrapKeys({ pool, keyring: both })).toEqual({ rewrapped: 1, isComplete: true });
    const alone = await grantKeys(await open(moved));
    expect(Buffer.from((await alone.get('g'))!.open(value, 'aad')).toString()).toBe('g');
  });
});

describe('rotation', () => {
  test('every key is rewrapped while others read and write with 0 failed reads, and the former key opens nothing any more', async () => {
    const keyring = await open({ create: true });
    const keys = await grantKeys(keyring);
    const values = new Map<string, string>();
    for (let n = 0; n < 300; n += 1) values.set(`g${n}`, await sealed(keys, `g${n}`));
    // Another process, which holds one key in memory at a time: all it reads, it reads from the table.
    const reader = await grantKeys(await open(), 1);
    const writer = await grantKeys(await open());
    let isRotating = true;
    let reads = 0;
    const reading = Array.from({ length: 4 }, async (_, lane) => {
      for (let n = lane; isRotating || n < 600; n += 1) {
        const id = `g${n % 300}`;
        expect(Buffer.from((await reader.get(id))!.open(values.get(id)!, 'aad')).toString()).toBe(id);
        reads += 1;
      }
    });
    const writing = (async () => {
      for (let n = 0; isRotating; n += 1) values.set(`new${n}`, await sealed(writer, `new${n}`));
    })();
    const former = keyring.currentId;
    await addKey(file);
    await keyring.refresh();
    const progress: number[] = [];
    await rewrapKeys({ pool, keyring, batch: 20, onProgress: ({ done, total }) => progress.push(done / total) });
    isRotating = false;
    await Promise.all([...reading, writing]);
    expect(reads).toBeGreaterThan(600);
    expect(progress.length).toBeGreaterThan(10);
    expect(progress.at(-1)).toBe(1);
    // What was made with the former key in the moment of the change.
    await rewrapKeys({ pool, keyring });
    expect(keyring.currentId).not.toBe(former);
    expect(await kekUses(pool, keyring)).toMatchObject([{ id: keyring.currentId, isCurrent: true, grants: values.size }]);
    await dropKeys(file, [former]);
    const afterwards = await grantKeys(await open());
    for (const [id, value] of values) expect(Buffer.from((await afterwards.get(id))!.open(value, 'aad')).toString()).toBe(id);
  }, 300_000);

  test('stopped anywhere it goes on where it was, and two at once are one', async () => {
    const keyring = await open({ create: true });
    const keys = await grantKeys(keyring);
    for (let n = 0; n < 50; n += 1) await keys.create(`g${String(n).padStart(2, '0')}`);
    await addKey(file);
    await keyring.refresh();
    const stop = new AbortController();
    expect(await rewrapKeys({ pool, keyring, batch: 10, signal: stop.signal, onProgress: ({ done }) => { if (done >= 20) stop.abort(); } })).toEqual({ rewrapped: 20, isComplete: false });
    expect((await kekUses(pool, keyring)).map(({ grants }) => grants)).toEqual([20, 30]);
    const together = rotatingAlone(pool, async () => {
      await expect(rotatingAlone(pool, () => Promise.resolve())).rejects.toMatchObject({ reason: 'ROTATION_UNDER_WAY' });
      return rewrapKeys({ pool, keyring: await open() });
    });
    expect(await together).toEqual({ rewrapped: 30, isComplete: true });
    await rotatingAlone(pool, () => Promise.resolve());
  });

  test('a key that is erased meanwhile stays erased', async () => {
    const keyring = await open({ create: true });
    const keys = await grantKeys(keyring);
    for (const id of ['a', 'b', 'c']) await keys.create(id);
    await addKey(file);
    await keyring.refresh();
    const { query } = pool;
    // Between the read of a batch and its exchange.
    pool.query = (async (...args: unknown[]) => {
      if (String(args[0]).startsWith('UPDATE')) await (query as (text: string) => Promise<unknown>).call(pool, `UPDATE ledger.grant_key SET wrapped = NULL, kek_id = NULL, erased_at = now() WHERE grant_id = 'b'`);
      return query.apply(pool, args as never);
    }) as never;
    expect(await rewrapKeys({ pool, keyring })).toEqual({ rewrapped: 2, isComplete: true });
    pool.query = query;
    expect(await (await grantKeys(keyring)).status('b')).toBe('erased');
  });

  test('a row that does not open is told after all others are done, and a missing key before anything is', async () => {
    const keyring = await open({ create: true });
    const keys = await grantKeys(keyring);
    for (const id of ['a', 'b', 'c']) await keys.create(id);
    await pool.query(`UPDATE ledger.grant_key SET wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1) WHERE grant_id = 'b'`);
    await addKey(file);
    await keyring.refresh();
    await expect(rewrapKeys({ pool, keyring })).rejects.toMatchObject({ kind: 'data_loss', reason: 'GRANT_KEY_BROKEN', message: expect.stringContaining('b') as string });
    expect((await kekUses(pool, keyring)).map(({ grants }) => grants)).toEqual([2, 1]);
    await expect(rewrapKeys({ pool, keyring: await open(given(key())) })).rejects.toMatchObject({ reason: 'KEYRING_MISMATCH' });
  });

  test('a file keeps everything else that is in it, and its current key whatever is dropped', async () => {
    const keyring = await open({ create: true });
    const heads = keyring.headKeys.map(({ id }) => id);
    const rotated = await addKey(file);
    await dropKeys(file, [keyring.currentId, rotated.currentId]);
    await keyring.refresh();
    expect(keyring.currentId).toBe(rotated.currentId);
    expect(keyring.headKeys.map(({ id }) => id)).toEqual(heads);
    expect((JSON.parse(await readFile(file, 'utf8')) as { keys: unknown[] }).keys).toHaveLength(1);
  });
});

test('seals are counted in the table, over restarts', async () => {
  const keyring = await open({ create: true });
  for (let start = 1; start <= 3; start += 1) {
    const keys = await grantKeys(keyring);
    await sealed(keys, 'g');
    let seals = 0;
    while (seals < start * 1_024) seals = Number((await pool.query<{ seals: string }>('SELECT seals FROM ledger.grant_key')).rows[0]!.seals);
    expect(seals).toBe(start * 1_024);
  }
  await pool.query('UPDATE ledger.grant_key SET seals = 4294967296');
  const worn = (await (await grantKeys(keyring)).get('g'))!;
  expect(worn.isWorn).toBe(true);
  expect(() => worn.seal(Buffer.from('v'), 'aad')).toThrow(expect.objectContaining({ reason: 'GRANT_KEY_WORN' }));
});
