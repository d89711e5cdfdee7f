import { isObject, type Json, type JsonObject } from '#mcp';
import { spellingsOf, type UpstreamTokens } from '#upstream';

const MASK = '***';
/** A connection's newest tokens: answers to calls with an older one may still come. */
const TOKENS_MAX = 8;

/**
 * The tokens that this gateway has sent to one upstream, to find them in what comes back: nothing of an answer that holds one goes down
 * to a client (token-broker.md 37). Held in memory only, the newest few.
 */
export class SentTokens {
  /** Spellings by token, the oldest first. */
  readonly #spellings = new Map<string, readonly string[]>();

  /** The same tokens, remembered as they are handed out. */
  watching(tokens: UpstreamTokens): UpstreamTokens {
    return { get: async (ask) => {
      const held = await tokens.get(ask);
      this.add(held.token.reveal());
      return held;
    } };
  }

  add(value: string): void {
    if (this.#spellings.has(value)) return;
    if (this.#spellings.size >= TOKENS_MAX) this.#spellings.delete(this.#spellings.keys().next().value!);
    this.#spellings.set(value, spellingsOf(value));
  }

  maskText(text: string): string {
    let clean = text;
    for (const spellings of this.#spellings.values()) for (const spelling of spellings) if (clean.includes(spelling)) clean = clean.replaceAll(spelling, MASK);
    return clean;
  }

  /** The same value if nothing is found in it, else a copy with stars, in texts and in keys. */
  mask<T extends Json | JsonObject>(value: T): T {
    return this.#spellings.size === 0 ? value : this.#masked(value) as T;
  }

  #masked(value: Json): Json {
    if (typeof value === 'string') return this.maskText(value);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#masked(item as Json));
      return items.some((item, n) => item !== value[n]) ? items : value;
    }
    if (!isObject(value)) return value;
    let isChanged = false;
    const members: [string, Json][] = [];
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      const [cleanKey, clean] = [this.maskText(key), this.#masked(member)];
      isChanged ||= cleanKey !== key || clean !== member;
      members.push([cleanKey, clean]);
    }
    return isChanged ? Object.fromEntries(members) : value;
  }
}
