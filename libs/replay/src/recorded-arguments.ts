import { argumentsAad, type CallDecided } from '#decision';
import { DocketError } from '#errors';
import type { GrantKey } from '#ledger';
import { ARGUMENT_LIMITS, parseExactJson, type ExactJson, type ExactObject } from '#policy';
import type { KeyFound, NoKey, ValueKeys } from './grant-values.js';

/** Values are needed and cannot be had. `altered`: they do not open with the grant's key, or are not what their digest is of. */
export type ValuesGap = NoKey | 'altered';

/** Thrown out of an evaluation that looks at a value which cannot be opened. No Error: there may be one for every call, and none is looked into. */
export class ValuesGone {
  constructor(readonly why: ValuesGap) {}
}

/** Thrown out of an evaluation that needs a key which is not in memory yet: wait for it, then evaluate again. */
export class KeyOnItsWay {
  constructor(readonly key: Promise<KeyFound>) {
    // Who does not wait now asks again later: that it fails is told to whoever waits, and is no stray rejection that ends the process.
    key.catch(() => undefined);
  }
}

type Call = Pick<CallDecided, 'grant_id' | 'call_id' | 'arguments'>;

/**
 * The arguments of one recorded call, opened only when something looks at a value: most policies look at none. One
 * object serves call after call.
 */
export class RecordedArguments extends Map<string, ExactJson> implements ExactObject {
  readonly #keys: ValueKeys;
  #call: Call | undefined;
  #values: ExactJson | undefined;
  /** HMAC of `{}` by grant, for the grant asked last: arguments without keys are nearly always that. */
  #emptyGrant = '';
  #emptyHmac = '';

  constructor(keys: ValueKeys) {
    super();
    this.#keys = keys;
  }

  /** From now on these are the arguments of this call. */
  of(call: Call): this {
    this.#call = call;
    this.#values = undefined;
    return this;
  }

  /**
   * Whether they are an object; undefined if that cannot be told without the key. Throws KeyOnItsWay.
   */
  isObject(): boolean | undefined {
    const { grant_id, arguments: recorded } = this.#call!;
    if (recorded.keys.length > 0) return true;
    const key = this.#keyOf(grant_id);
    if (typeof key === 'string') return undefined;
    if (this.#emptyGrant !== grant_id) {
      this.#emptyHmac = key.hmac('{}');
      this.#emptyGrant = grant_id;
    }
    return recorded.hmac === this.#emptyHmac || this.#opened() instanceof Map;
  }

  /** Their canonical JSON, opened. Throws ValuesGone, KeyOnItsWay. */
  text(): string {
    const { grant_id, call_id, arguments: recorded } = this.#call!;
    const key = this.#keyOf(grant_id);
    if (typeof key === 'string') throw new ValuesGone(key);
    let bytes: Uint8Array;
    try {
      bytes = key.open(recorded.sealed, argumentsAad(grant_id, call_id));
    } catch (error) {
      throw new ValuesGone(error instanceof DocketError && error.reason === 'GRANT_KEY_ERASED' ? 'erased' : 'altered');
    }
    if (key.hmac(bytes) !== recorded.hmac) throw new ValuesGone('altered');
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  }

  #keyOf(grantId: string): GrantKey | NoKey {
    const found = this.#keys.keyOf(grantId);
    if (found instanceof Promise) throw new KeyOnItsWay(found);
    return found;
  }

  #opened(): ExactJson {
    if (this.#values !== undefined) return this.#values;
    const text = this.text();
    try {
      return (this.#values = parseExactJson(text, ARGUMENT_LIMITS));
    } catch {
      throw new ValuesGone('altered');
    }
  }

  #object(): ExactObject {
    const values = this.#opened();
    return values instanceof Map ? values : EMPTY;
  }

  override get(key: string): ExactJson | undefined {
    return this.#object().get(key);
  }

  override has(key: string): boolean {
    return this.#object().has(key);
  }

  override get size(): number {
    return this.#call === undefined ? 0 : this.#object().size;
  }

  override entries(): MapIterator<[string, ExactJson]> {
    return this.#object().entries();
  }

  override keys(): MapIterator<string> {
    return this.#object().keys();
  }

  override values(): MapIterator<ExactJson> {
    return this.#object().values();
  }

  override [Symbol.iterator](): MapIterator<[string, ExactJson]> {
    return this.entries();
  }

  override forEach(each: (value: ExactJson, key: string, map: Map<string, ExactJson>) => void): void {
    this.#object().forEach((value, key) => each(value, key, this));
  }
}

const EMPTY: ExactObject = new Map();
