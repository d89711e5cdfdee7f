import { addKey, dropKeys, openKeyring, type Keyring } from '../keyring.js';
import type { KeySource } from './key-source.js';

/** The keyring file (mode 0600). */
export class FileKeySource implements KeySource {
  readonly label: string;
  readonly #file: string;

  constructor(file: string) {
    this.label = `the keyring file ${file}`;
    this.#file = file;
  }

  read(): Promise<Keyring> {
    return openKeyring({ file: this.#file, create: false });
  }

  add(): Promise<Keyring> {
    return addKey(this.#file);
  }

  drop(ids: readonly string[]): Promise<Keyring> {
    return dropKeys(this.#file, ids);
  }
}
