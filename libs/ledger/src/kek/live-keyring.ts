import type { KeyObject } from 'node:crypto';
import type { HeadKey } from '../heads/signed-head.js';
import type { Keyring } from '../keyring.js';
import type { KeySource } from './key-source.js';

/**
 * A keyring that follows its source: when a value turns up that an unknown key wraps, another process has rotated, and the
 * keys are read anew. Keys of `others` open only: of where they were kept before.
 */
export class LiveKeyring implements Keyring {
  readonly source: KeySource;
  readonly #others: readonly KeySource[];
  #rings: readonly Keyring[];
  #refreshing: Promise<void> | undefined;

  private constructor(source: KeySource, others: readonly KeySource[], rings: readonly Keyring[]) {
    this.source = source;
    this.#others = others;
    this.#rings = rings;
  }

  static async open(source: KeySource, others: readonly KeySource[] = []): Promise<LiveKeyring> {
    return new LiveKeyring(source, others, await readAll(source, others));
  }

  get currentId(): string {
    return this.#rings[0]!.currentId;
  }

  get ids(): readonly string[] {
    return [...new Set(this.#rings.flatMap(({ ids }) => ids))];
  }

  /** Where this key comes from; undefined: it is not at hand. */
  sourceOf(id: string): KeySource | undefined {
    const index = this.#rings.findIndex((ring) => ring.get(id) !== undefined);
    return [this.source, ...this.#others][index];
  }

  get headKeys(): readonly HeadKey[] {
    return this.#rings.flatMap(({ headKeys = [] }) => headKeys);
  }

  get(id: string): KeyObject | undefined {
    for (const ring of this.#rings) {
      const key = ring.get(id);
      if (key) return key;
    }
    return undefined;
  }

  /** Once for all who ask at the same time. */
  refresh(): Promise<void> {
    this.#refreshing ??= readAll(this.source, this.#others)
      .then((rings) => { this.#rings = rings; })
      .finally(() => { this.#refreshing = undefined; });
    return this.#refreshing;
  }
}

function readAll(source: KeySource, others: readonly KeySource[]): Promise<Keyring[]> {
  return Promise.all([source, ...others].map((one) => one.read()));
}
