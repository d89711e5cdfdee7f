import type { Secret } from '#platform';
import { spellingsOf } from '#upstream';

export interface LiveTokensOptions {
  readonly monotonicMs: () => number;
  readonly valuesMax?: number;
  readonly fingerprintsMax?: number;
}

interface Spelling {
  readonly text: string;
  readonly value: string;
}

/** As many as the cache holds. */
const VALUES_MAX = 8_192;
const FINGERPRINTS_MAX = 100_000;
/** Shorter ones would mask words. */
const VALUE_CHARS_MIN = 8;
const GRAM = 8;
/** A token is looked for this much longer than it lives: clocks differ, and partners are generous. */
const GRACE_MS = 60_000;

/**
 * The tokens that are good now: those that went through this process by value, all others by the keyed fingerprint that the log
 * has of them. A replaced token stays until its end: not every partner ends it.
 */
export class LiveTokens {
  readonly #o: LiveTokensOptions;
  /** Value to its end, in the order in which they came. */
  readonly #values = new Map<string, number>();
  /** First characters of every spelling to the spellings. */
  #index = new Map<string, Spelling[]>();
  /** Whether any spelling may begin here, by two of its characters: spares most of the look-ups. */
  #mayBegin = new Uint8Array(65_536);
  /** By tenant: fingerprint to end. */
  readonly #fingerprints = new Map<string, Map<string, number>>();
  #fingerprintCount = 0;

  constructor(options: LiveTokensOptions) {
    this.#o = options;
  }

  /** A token that this process has in memory. */
  hold(token: Secret, expiresInMs: number): void {
    const value = token.reveal();
    if (value.length < VALUE_CHARS_MIN) return;
    const isKnown = this.#values.delete(value);
    this.#values.set(value, this.#o.monotonicMs() + expiresInMs + GRACE_MS);
    if (!isKnown) this.#add(value);
    if (this.#values.size > (this.#o.valuesMax ?? VALUES_MAX)) this.#forget();
  }

  /** A token that the log tells of. */
  hear(tenant: string, fingerprint: string, expiresInMs: number): void {
    if (expiresInMs + GRACE_MS <= 0) return;
    const known = this.#fingerprints.get(tenant) ?? new Map<string, number>();
    this.#fingerprints.set(tenant, known);
    if (!known.has(fingerprint)) this.#fingerprintCount += 1;
    known.set(fingerprint, this.#o.monotonicMs() + expiresInMs + GRACE_MS);
    if (this.#fingerprintCount > (this.#o.fingerprintsMax ?? FINGERPRINTS_MAX)) this.#forgetFingerprints();
  }

  hasFingerprints(tenant: string): boolean {
    return (this.#fingerprints.get(tenant)?.size ?? 0) > 0;
  }

  isLive(tenant: string, fingerprint: string): boolean {
    const endsMs = this.#fingerprints.get(tenant)?.get(fingerprint);
    return endsMs !== undefined && this.#o.monotonicMs() < endsMs;
  }

  get size(): { readonly values: number; readonly fingerprints: number } {
    return { values: this.#values.size, fingerprints: this.#fingerprintCount };
  }

  /** Where values that are good stand in a text, in whatever spelling: [from, to), in order, not overlapping. */
  find(text: string): (readonly [number, number])[] {
    const found: (readonly [number, number])[] = [];
    if (this.#values.size === 0) return found;
    const nowMs = this.#o.monotonicMs();
    for (let at = 0; at + GRAM <= text.length; at += 1) {
      if (this.#mayBegin[bucket(text, at)] === 0) continue;
      let chars = 0;
      for (const one of this.#index.get(text.slice(at, at + GRAM)) ?? []) {
        // The longest: a spelling may begin with another one.
        if (one.text.length > chars && text.startsWith(one.text, at) && nowMs < (this.#values.get(one.value) ?? 0)) chars = one.text.length;
      }
      if (chars === 0) continue;
      found.push([at, at + chars]);
      at += chars - 1;
    }
    return found;
  }

  #add(value: string): void {
    for (const text of spellingsOf(value)) {
      const gram = text.slice(0, GRAM);
      const same = this.#index.get(gram);
      if (same) same.push({ text, value });
      else this.#index.set(gram, [{ text, value }]);
      this.#mayBegin[bucket(text, 0)] = 1;
    }
  }

  /** Those that are over, and a tenth beside them if that is not enough: the work is worth it once for many. */
  #forget(): void {
    const nowMs = this.#o.monotonicMs();
    for (const [value, endsMs] of this.#values) if (endsMs <= nowMs) this.#values.delete(value);
    const max = this.#o.valuesMax ?? VALUES_MAX;
    for (const value of this.#values.keys()) {
      if (this.#values.size <= max * 0.9) break;
      this.#values.delete(value);
    }
    this.#index = new Map();
    this.#mayBegin = new Uint8Array(65_536);
    for (const value of this.#values.keys()) this.#add(value);
  }

  #forgetFingerprints(): void {
    const nowMs = this.#o.monotonicMs();
    const max = (this.#o.fingerprintsMax ?? FINGERPRINTS_MAX) * 0.9;
    let count = 0;
    for (const known of this.#fingerprints.values()) {
      for (const [fingerprint, endsMs] of known) if (endsMs <= nowMs) known.delete(fingerprint);
      count += known.size;
    }
    for (const known of this.#fingerprints.values()) {
      for (const fingerprint of known.keys()) {
        if (count <= max) break;
        known.delete(fingerprint);
        count -= 1;
      }
    }
    this.#fingerprintCount = count;
  }
}

function bucket(text: string, at: number): number {
  return (text.charCodeAt(at) * 251 + text.charCodeAt(at + GRAM - 1)) & 0xffff;
}
