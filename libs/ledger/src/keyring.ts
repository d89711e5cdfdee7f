import { createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { link, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { DocketError } from '#errors';
import { headKeyFromSeed } from './heads/head-key.js';
import type { HeadKey } from './heads/signed-head.js';
import { kekId } from './kek/kek-id.js';

const KEY_BYTES = 32;
const FILE_BYTES_MAX = 64 * 1024;
const KEYS_MAX = 100;

/** Key-encryption keys by id; the current one wraps, the others still unwrap what they wrapped. */
export interface Keyring {
  readonly currentId: string;
  /** Of all keys that are at hand. */
  readonly ids: readonly string[];
  get(id: string): KeyObject | undefined;
  /** Ed25519 keys of signed heads: the first one signs, the others have signed before it. Absent where a keyring has none. */
  readonly headKeys?: readonly HeadKey[];
  /** Reads them anew from where they come: another process may have added one. */
  refresh?(): Promise<void>;
}

const keyId = z.string().regex(/^[0-9a-f]{16}$/);
const keyringFile = z.strictObject({
  docketKeyring: z.literal(1),
  current: z.string(),
  keys: z.array(z.strictObject({ id: keyId, key: z.base64().length(44) })).min(1).max(KEYS_MAX),
  /** Seeds of Ed25519 keys (RFC 8032), the current one first. Keyrings of former versions have none. */
  headKeys: z.array(z.strictObject({ id: keyId, seed: z.base64().length(44) })).min(1).max(100).optional(),
});
type KeyringFile = z.infer<typeof keyringFile>;

/**
 * Reads the keyring file: JSON, mode 0600. Where it is missing and `create` is set, a new one with random keys is
 * written first. One of a former version gets a key to sign heads with. Rejects with DocketError failed_precondition: KEYRING_MISSING, KEYRING_EXPOSED (others may read it),
 * KEYRING_MALFORMED. Messages never contain what the file contains.
 */
export async function openKeyring({ file, create }: { readonly file: string; readonly create: boolean }): Promise<Keyring> {
  const existing = await readKeyring(file);
  if (existing) return existing;
  if (!create) throw refused('KEYRING_MISSING', `the keyring file ${file} does not exist; without it no sealed value can be opened`);
  await writeNewKeyring(file);
  const created = await readKeyring(file);
  if (!created) throw refused('KEYRING_MISSING', `the keyring file ${file} vanished while it was created`);
  return created;
}

/** Puts a new random key into the file, which wraps from now on; the others stay. One at a time: the caller sees to that. */
export async function addKey(file: string): Promise<Keyring> {
  const key = randomBytes(KEY_BYTES);
  const id = kekId(key);
  return changeFile(file, (given) => ({ ...given, current: id, keys: [...given.keys, { id, key: key.toString('base64') }] }));
}

/** Takes keys out of the file for good, never the current one. What they still wrap is lost: the caller has looked. */
export async function dropKeys(file: string, ids: readonly string[]): Promise<Keyring> {
  return changeFile(file, (given) => ({ ...given, keys: given.keys.filter(({ id }) => id === given.current || !ids.includes(id)) }));
}

async function changeFile(file: string, change: (given: KeyringFile) => KeyringFile): Promise<Keyring> {
  const given = await readFile(file);
  if (given === undefined) throw refused('KEYRING_MISSING', `the keyring file ${file} does not exist`);
  const changed = change(given);
  if (changed.keys.length > KEYS_MAX) throw refused('KEYRING_FULL', `the keyring file ${file} holds ${KEYS_MAX} keys, as many as it may: forget those that wrap nothing any more`);
  await writeDraft(file, changed, (draft) => rename(draft, file)).catch((cause: unknown) => {
    throw refused('KEYRING_UNWRITABLE', `the keyring file ${file} cannot be written: ${(cause as NodeJS.ErrnoException).code}`, cause);
  });
  return keyringOf(file, changed);
}

async function readKeyring(file: string): Promise<Keyring | undefined> {
  const given = await readFile(file);
  return given && keyringOf(file, given);
}

async function readFile(file: string): Promise<KeyringFile | undefined> {
  const handle = await open(file, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw refused('KEYRING_UNREADABLE', `the keyring file ${file} cannot be read: ${cause.code}`, cause);
  });
  if (!handle) return undefined;
  let given: KeyringFile;
  try {
    given = parseFile(file, await readChecked(file, handle));
  } finally {
    await handle.close();
  }
  const kept = given.headKeys === undefined ? { ...given, headKeys: [derivedHeadKey(given)] } : given;
  if (kept !== given) await writeDraft(file, kept, (draft) => rename(draft, file)).catch(() => {});
  return kept;
}

/**
 * A keyring of a former version: several processes may open it at once, and it may lie where nobody can write. So the key
 * follows from the oldest one in it, and is the same whoever makes it and however often.
 */
function derivedHeadKey({ keys }: KeyringFile): { id: string; seed: string } {
  const seed = Buffer.from(hkdfSync('sha256', Buffer.from(keys[0]!.key, 'base64'), '', 'docket head key seed v1', KEY_BYTES));
  return { id: headKeyFromSeed(seed).id, seed: seed.toString('base64') };
}

// Judged through the open handle: the file that is checked is the file that is read.
async function readChecked(file: string, handle: FileHandle): Promise<string> {
  const found = await handle.stat();
  if (!found.isFile()) throw refused('KEYRING_MALFORMED', `the keyring ${file} is not a regular file`);
  if ((found.mode & 0o077) !== 0) {
    throw refused('KEYRING_EXPOSED', `the keyring file ${file} has mode 0${(found.mode & 0o777).toString(8)}, expected 0600: other users must not read it`);
  }
  if (found.size > FILE_BYTES_MAX) throw refused('KEYRING_MALFORMED', `the keyring file ${file} is larger than ${FILE_BYTES_MAX} bytes`);
  return handle.readFile('utf8');
}

function parseFile(file: string, text: string): KeyringFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Not the parser's message: it quotes the text.
    throw refused('KEYRING_MALFORMED', `the keyring file ${file} is not JSON`);
  }
  const parsed = keyringFile.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues.map(({ path }) => `/${path.join('/')}`).join(', ');
    throw refused('KEYRING_MALFORMED', `the keyring file ${file} is not a keyring: see ${where}`);
  }
  return parsed.data;
}

function keyringOf(file: string, given: KeyringFile): Keyring {
  const keys = new Map<string, KeyObject>();
  for (const { id, key } of given.keys) {
    const bytes = Buffer.from(key, 'base64');
    if (bytes.length !== KEY_BYTES || kekId(bytes) !== id) throw refused('KEYRING_MALFORMED', `key ${id} in the keyring file ${file} is damaged`);
    keys.set(id, createSecretKey(bytes));
  }
  const currentId = given.current;
  if (!keys.has(currentId)) throw refused('KEYRING_MALFORMED', `the keyring file ${file} has no key with its current id`);
  const headKeys = (given.headKeys ?? []).map(({ id, seed }) => {
    const key = headKeyFromSeed(Buffer.from(seed, 'base64'));
    if (key.id !== id) throw refused('KEYRING_MALFORMED', `head key ${id} in the keyring file ${file} is damaged`);
    return key;
  });
  return { currentId, ids: [...keys.keys()], get: (id) => keys.get(id), headKeys };
}

/** Never over another one: two processes may start at once. */
async function writeNewKeyring(file: string): Promise<void> {
  const key = randomBytes(KEY_BYTES);
  const id = kekId(key);
  const seed = randomBytes(KEY_BYTES);
  const keyring: KeyringFile = {
    docketKeyring: 1, current: id, keys: [{ id, key: key.toString('base64') }], headKeys: [{ id: headKeyFromSeed(seed).id, seed: seed.toString('base64') }],
  };
  await writeDraft(file, keyring, (draft) => link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  })).catch((cause: unknown) => {
    throw refused('KEYRING_UNWRITABLE', `the keyring file ${file} cannot be written: ${(cause as NodeJS.ErrnoException).code}`, cause);
  });
}

/** Complete and on disk before `name` gives it its name. */
async function writeDraft(file: string, keyring: KeyringFile, name: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${file}.new-${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(keyring, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await name(draft);
    const folder = await open(dirname(file), 'r');
    await folder.sync().finally(() => folder.close());
  } finally {
    await rm(draft, { force: true });
  }
}

function refused(reason: string, message: string, cause?: unknown): DocketError {
  return new DocketError('failed_precondition', { reason, message, cause });
}
