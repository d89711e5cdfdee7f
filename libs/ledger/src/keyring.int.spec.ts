import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKeyring } from './keyring.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
  file = join(folder, 'keyring.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function refusal(create = false): Promise<{ reason: string; message: string }> {
  return openKeyring({ file, create }).then(
    () => { throw new Error('the keyring was accepted'); },
    (error: { kind: string; reason: string; message: string }) => {
      expect(error.kind).toBe('failed_precondition');
      return error;
    });
}

test('creates a keyring only where it is told to, for nobody else to read, and finds it again', async () => {
  expect((await refusal()).reason).toBe('KEYRING_MISSING');
  expect(await readdir(folder)).toEqual([]);
  const created = await openKeyring({ file, create: true });
  expect(created.currentId).toMatch(/^[0-9a-f]{16}$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['keyring.json']);
  for (const create of [false, true]) {
    const again = await openKeyring({ file, create });
    expect(again.currentId).toBe(created.currentId);
    expect(again.get(again.currentId)!.equals(created.get(created.currentId)!)).toBe(true);
  }
  expect(created.get('0000000000000000')).toBeUndefined();
});

test('several processes that create it at once end up with the same key', async () => {
  const rings = await Promise.all(Array.from({ length: 8 }, () => openKeyring({ file, create: true })));
  expect(new Set(rings.map(({ currentId }) => currentId)).size).toBe(1);
  expect(await readdir(folder)).toEqual(['keyring.json']);
});

test('refuses a keyring that others may read', async () => {
  await openKeyring({ file, create: true });
  for (const mode of [0o640, 0o604, 0o620, 0o644]) {
    await chmod(file, mode);
    expect(await refusal(true)).toMatchObject({ reason: 'KEYRING_EXPOSED', message: expect.stringContaining('expected 0600') as string });
  }
});

test('refuses a keyring with anything wrong in it, without showing what is in it, and leaves it alone', async () => {
  await openKeyring({ file, create: true });
  const good = JSON.parse(await readFile(file, 'utf8')) as { docketKeyring: number; current: string; keys: { id: string; key: string }[] };
  const key = good.keys[0]!.key;
  const flipped = (key[5] === 'A' ? 'B' : 'A') + key.slice(1);
  const damaged = [
    '', '{', 'null', '[]', key, JSON.stringify(good).slice(0, -3),
    JSON.stringify({ ...good, docketKeyring: 2 }),
    JSON.stringify({ ...good, extra: key }),
    JSON.stringify({ ...good, keys: [] }),
    JSON.stringify({ ...good, current: '0'.repeat(16) }),
    JSON.stringify({ ...good, keys: [{ ...good.keys[0], key: flipped }] }),
    JSON.stringify({ ...good, keys: [{ ...good.keys[0], key: Buffer.alloc(16).toString('base64') }] }),
    JSON.stringify({ ...good, keys: [{ ...good.keys[0], id: '0'.repeat(16) }], current: '0'.repeat(16) }),
    `${' '.repeat(70_000)}${JSON.stringify(good)}`,
  ];
  for (const text of damaged) {
    await writeFile(file, text);
    const error = await refusal(true);
    expect(error.reason).toBe('KEYRING_MALFORMED');
    expect(error.message).toContain(file);
    expect(error.message).not.toContain(key.slice(1, 12));
    expect(await readFile(file, 'utf8')).toBe(text);
  }
  await rm(file);
  await mkdir(file, { mode: 0o700 });
  expect((await refusal(true)).reason).toBe('KEYRING_MALFORMED');
});

test('says so when it cannot write', async () => {
  file = join(folder, 'no', 'such', 'folder', 'keyring.json');
  expect(await refusal(true)).toMatchObject({ reason: 'KEYRING_UNWRITABLE', message: expect.stringContaining('ENOENT') as string });
});
