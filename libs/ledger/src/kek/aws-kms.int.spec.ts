import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type pg from 'pg';
import { describeWithMoto, startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { GrantKeys } from '../grant-keys.js';
import { openPool } from '../postgres/pool.js';
import { awsKms } from './aws-kms.js';
import { openKeys, type KeysConfig } from './open-keys.js';
import { kekUses, rewrapKeys } from './rotate-keys.js';

const region = 'eu-west-1';

describeWithMoto('keys under AWS KMS', (endpoint) => {
  let postgres: ThrowawayPostgres;
  let pool: pg.Pool;
  let kms: KMSClient;
  let keyId: string;
  let file: string;
  let folder: string;
  const before = { ...process.env };

  beforeAll(async () => {
    // As AWS's own tools are told.
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: region });
    postgres = await startThrowawayPostgres();
    folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
    file = join(folder, 'keyring.json');
  }, 300_000);

  afterAll(async () => {
    process.env = before;
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    pool = openPool({ connectionString: await postgres.createDatabase() });
    kms = new KMSClient({ endpoint: endpoint(), region });
    keyId = await newKey();
  });

  afterEach(async () => {
    kms.destroy();
    await pool.end();
  });

  const newKey = async (): Promise<string> => (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  const config = (of = keyId): KeysConfig => ({ file, create: false, kms: { keyId: of, endpoint: endpoint() } });

  async function grantKeys(of: KeysConfig = config()): Promise<GrantKeys> {
    const keys = new GrantKeys({ pool, keyring: await openKeys({ pool, config: of }) });
    await keys.prepare();
    return keys;
  }

  test('the first start makes a key that only KMS can open, one for all that start at once, and every start finds it again', async () => {
    const rings = await Promise.all(Array.from({ length: 4 }, () => openKeys({ pool, config: config() })));
    expect(new Set(rings.map(({ currentId }) => currentId)).size).toBe(1);
    expect(new Set(rings.flatMap(({ headKeys }) => headKeys.map(({ id }) => id))).size).toBe(1);
    const keys = await grantKeys();
    await keys.create('g');
    const sealed = (await keys.get('g'))!.seal(Buffer.from('value'), 'aad');
    expect(Buffer.from((await (await grantKeys()).get('g'))!.open(sealed, 'aad')).toString()).toBe('value');
    const { rows } = await pool.query<{ wrapped: Buffer }>('SELECT wrapped FROM ledger.kek');
    const clear = rings[0]!.get(rings[0]!.currentId)!.export();
    expect(rows.every(({ wrapped }) => !wrapped.includes(clear))).toBe(true);
  }, 300_000);

  test('rotates online: a node that is running fetches the new key, and a key of another KMS key takes over', async () => {
    const running = await grantKeys();
    await running.create('g');
    const sealed = (await running.get('g'))!.seal(Buffer.from('value'), 'aad');
    const other = await newKey();
    const keyring = await openKeys({ pool, config: config(other) });
    const former = keyring.currentId;
    await keyring.source.add!();
    await keyring.refresh();
    expect(await rewrapKeys({ pool, keyring })).toEqual({ rewrapped: 1, isComplete: true });
    running.forget('g');
    expect(Buffer.from((await running.get('g'))!.open(sealed, 'aad')).toString()).toBe('value');
    await running.create('later');
    expect(await kekUses(pool, keyring)).toMatchObject([{ id: keyring.currentId, grants: 2 }]);
    await keyring.source.drop!([former, keyring.currentId]);
    expect((await pool.query('SELECT DISTINCT wrapper FROM ledger.kek')).rows).toEqual([{ wrapper: other }]);
    expect(await (await grantKeys(config(other))).get('g')).toBeDefined();
  }, 300_000);

  test('what KMS refuses is told from a KMS that is away, and a wrapped key opens only for what it was wrapped for', async () => {
    const wrapper = await awsKms({ keyId, endpoint: endpoint() });
    const wrapped = await wrapper.wrap(randomBytes(32), 'one place');
    expect(await wrapper.unwrap(wrapped, 'one place', keyId)).toHaveLength(32);
    await expect(wrapper.unwrap(wrapped, 'another place', keyId)).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'KMS_REFUSED' });
    await expect((await awsKms({ keyId: 'none', endpoint: endpoint() })).wrap(randomBytes(32), 'x')).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'KMS_REFUSED' });
    await expect((await awsKms({ keyId, endpoint: 'http://127.0.0.1:1' })).wrap(randomBytes(32), 'x')).rejects.toMatchObject({ kind: 'unavailable', reason: 'KMS_UNAVAILABLE' });
    await expect(openKeys({ pool, config: config('none') })).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'KMS_REFUSED' });
    expect((await pool.query('SELECT FROM ledger.kek')).rowCount).toBe(0);
  }, 300_000);

  test('a database whose keys something else wraps is refused', async () => {
    const keys = await grantKeys({ file, create: true });
    await keys.create('g');
    await expect(openKeys({ pool, config: config() })).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'KEYRING_MISSING' });
    const both = await openKeys({ pool, config: { ...config(), isFileNamed: true } });
    expect(await rewrapKeys({ pool, keyring: both })).toEqual({ rewrapped: 1, isComplete: true });
    expect(await (await grantKeys()).get('g')).toBeDefined();
  }, 300_000);

  test('a stored key that was changed is refused, never used', async () => {
    await openKeys({ pool, config: config() });
    await pool.query(`UPDATE ledger.kek SET id = '0123456789abcdef' WHERE purpose = 'kek'`);
    await expect(openKeys({ pool, config: config() })).rejects.toMatchObject({ reason: expect.stringMatching(/^(KMS_REFUSED|KEK_BROKEN)$/) as string });
  }, 300_000);
});
