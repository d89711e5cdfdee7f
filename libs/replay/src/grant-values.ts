import type { GrantKey, GrantKeys } from '#ledger';

/** Why a grant's values cannot be opened: its key was erased, was never there, or there are no keys here at all. */
export type NoKey = 'erased' | 'missing' | 'no_keys';
export type KeyFound = GrantKey | NoKey;

/** Finds the keys that argument values are sealed under; at once where it can. */
export interface ValueKeys {
  keyOf(grantId: string): KeyFound | Promise<KeyFound>;
}

/** Where there are no keys: everything that needs values is said to be sealed. */
export const NO_VALUE_KEYS: ValueKeys = { keyOf: () => 'no_keys' };

/** How many grants are known to have no key; more are asked for again. */
const GONE_MAX = 50_000;

/** The keys in PostgreSQL. */
export class StoredValueKeys implements ValueKeys {
  readonly #keys: Pick<GrantKeys, 'get' | 'status'>;
  readonly #gone = new Map<string, NoKey>();

  constructor(keys: Pick<GrantKeys, 'get' | 'status'>) {
    this.#keys = keys;
  }

  keyOf(grantId: string): KeyFound | Promise<KeyFound> {
    const gone = this.#gone.get(grantId);
    if (gone !== undefined) return gone;
    const found = this.#keys.get(grantId);
    return found instanceof Promise ? found.then((key): KeyFound | Promise<KeyFound> => key ?? this.#whyNot(grantId)) : found;
  }

  async #whyNot(grantId: string): Promise<NoKey> {
    const why = (await this.#keys.status(grantId)) === 'erased' ? 'erased' : 'missing';
    if (this.#gone.size >= GONE_MAX) this.#gone.clear();
    this.#gone.set(grantId, why);
    return why;
  }
}
