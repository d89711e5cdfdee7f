import { createSecretKey, hkdfSync } from 'node:crypto';
import { open } from 'node:fs/promises';
import { DocketError } from '#errors';
import { headKeyFromSeed } from '../heads/head-key.js';
import type { Keyring } from '../keyring.js';
import { kekId } from './kek-id.js';
import type { KeySource } from './key-source.js';

const KEY_BYTES = 32;
const KEYS_MAX = 100;
const TEXT_CHARS_MAX = 8 * 1024;
const OTHERS_MAY_READ = 0o007;

/**
 * Keys that whoever operates this has made and hands in, base64 of 32 bytes each, separated by commas or white space: the
 * first one wraps, the others still unwrap. From the environment variable KEK, or the file that KEK_FILE names, which is
 * read anew when it has changed.
 */
export class GivenKeySource implements KeySource {
  readonly label: string;
  readonly #name: 'KEK' | 'KEK_FILE';
  readonly #text: () => Promise<string>;

  private constructor(label: string, name: 'KEK' | 'KEK_FILE', text: () => Promise<string>) {
    this.label = label;
    this.#name = name;
    this.#text = text;
  }

  static ofEnvironment(kek: { reveal(): string }): GivenKeySource {
    return new GivenKeySource('the environment variable KEK', 'KEK', () => Promise.resolve(kek.reveal()));
  }

  static ofFile(file: string): GivenKeySource {
    return new GivenKeySource(`the file ${file} of KEK_FILE`, 'KEK_FILE', () => textOf(file));
  }

  async read(): Promise<Keyring> {
    const parts = (await this.#text()).split(/[\s,]+/).filter((part) => part !== '');
    if (parts.length === 0 || parts.length > KEYS_MAX) throw malformed(this.#name, `expected 1 to ${KEYS_MAX} keys`);
    const keys = parts.map((part, index) => {
      const bytes = Buffer.from(part, 'base64');
      // Node's decoder forgives; a key that was cut or mistyped must not become another key.
      if (bytes.length !== KEY_BYTES || bytes.toString('base64').replace(/=+$/, '') !== part.replace(/=+$/, '')) throw malformed(this.#name, `key ${index + 1} is not base64 of ${KEY_BYTES} bytes`);
      return { id: kekId(bytes), key: createSecretKey(bytes), headKey: headKeyFromSeed(Buffer.from(hkdfSync('sha256', bytes, '', 'docket head key seed v1', KEY_BYTES))) };
    });
    const byId = new Map(keys.map(({ id, key }) => [id, key]));
    return { currentId: keys[0]!.id, ids: [...byId.keys()], get: (id) => byId.get(id), headKeys: keys.map(({ headKey }) => headKey) };
  }
}

async function textOf(file: string): Promise<string> {
  const refused = (reason: string, message: string): DocketError => new DocketError('failed_precondition', { reason, message });
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw refused('KEK_UNREADABLE', `the file ${file} of KEK_FILE cannot be read: ${error.code}`);
  });
  try {
    // Judged through the open handle: the file that is checked is the file that is read. A group may read it: that is how containers are handed secrets.
    const found = await handle.stat();
    if (!found.isFile() || found.size > TEXT_CHARS_MAX) throw malformed('KEK_FILE', `expected a file of at most ${TEXT_CHARS_MAX} bytes`);
    if ((found.mode & OTHERS_MAY_READ) !== 0) {
      throw refused('KEK_EXPOSED', `the file ${file} of KEK_FILE has mode 0${(found.mode & 0o777).toString(8)}, expected 0600 or 0640: other users must not read it`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function malformed(name: string, expected: string): DocketError {
  return new DocketError('failed_precondition', { reason: 'KEK_MALFORMED', message: `${name} cannot be used: ${expected}` });
}
