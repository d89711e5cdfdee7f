/**
 * JSON as the gateway passes it on: plain values, except that a number whose digits a double would change is kept as it was
 * written (`JSON.rawJSON`), so that 1e400, 12345678901234567890 and 1.50 leave as they came. `JSON.stringify` writes it back.
 */
export type Json = null | boolean | number | string | RawNumber | readonly Json[] | JsonObject;
export interface JsonObject { readonly [key: string]: Json | undefined }

declare const rawNumber: unique symbol;
/** A number's own spelling. Frozen, and made by this file only: nothing that is parsed can look like one. */
export interface RawNumber { readonly rawJSON: string; readonly [rawNumber]: true }

const raw = JSON as unknown as { rawJSON(literal: string): RawNumber; isRawJSON(value: unknown): value is RawNumber };

export interface JsonLimits {
  /** Of the text in UTF-8. */
  readonly bytesMax: number;
  /** Containers inside each other. */
  readonly depthMax: number;
  /** Values in all, counting each member of an object and each item of a list: what is small as text may be large in memory. */
  readonly valuesMax: number;
}

/** Of one message, from a client or from an upstream unless somebody knows better. Arguments alone are bounded by the decider. */
export const MESSAGE_LIMITS: JsonLimits = { bytesMax: 4 * 1024 * 1024, depthMax: 100, valuesMax: 250_000 };

export type JsonProblem = 'too_large' | 'not_utf8' | 'malformed' | 'duplicate_key' | 'forbidden_key' | 'too_deep' | 'too_many_values';

/** Why a text is not accepted. The message holds no part of the text. */
export class JsonError extends Error {
  constructor(readonly reason: JsonProblem, expected: string, at?: number) {
    super(at === undefined ? expected : `${expected} (at character ${at + 1})`);
    this.name = 'JsonError';
  }
}

/**
 * Parses RFC 8259 JSON strictly: no key twice in an object (compared after unescaping), no `__proto__`, nothing beside the value.
 * Linear in the text. Throws JsonError and nothing else.
 */
export function parseJson(input: Uint8Array | string, limits: JsonLimits = MESSAGE_LIMITS): Json {
  if ((typeof input === 'string' ? Buffer.byteLength(input) : input.length) > limits.bytesMax) throw new JsonError('too_large', `expected at most ${limits.bytesMax} bytes of JSON`);
  return new Parser(typeof input === 'string' ? input : decode(input), limits).document();
}

/** The text of a value, in one line. Numbers are written as they came. */
export function writeJson(value: Json | JsonObject): string {
  return JSON.stringify(value);
}

export function isRawNumber(value: unknown): value is RawNumber {
  return raw.isRawJSON(value);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !raw.isRawJSON(value);
}

/** The value with every number as JavaScript has it: for checks that know no other numbers, never for what is passed on. */
export function asDoubles(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (raw.isRawJSON(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map((item) => asDoubles(item as Json));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asDoubles(member as Json)]));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new JsonError('not_utf8', 'expected UTF-8');
  }
}

const QUOTE = 34, BACKSLASH = 92, COMMA = 44, COLON = 58, MINUS = 45, ZERO = 48, NINE = 57;
const OBJECT_OPEN = 123, OBJECT_CLOSE = 125, LIST_OPEN = 91, LIST_CLOSE = 93;

class Parser {
  #pos = 0;
  #depth = 0;
  #values = 0;

  constructor(private readonly text: string, private readonly limits: JsonLimits) {}

  document(): Json {
    const value = this.#value();
    if (!Number.isNaN(this.#next())) this.#fail('malformed', 'expected the end of the text after the value');
    return value;
  }

  /** The next character that is no white space, not consumed; NaN at the end. */
  #next(): number {
    for (;;) {
      const c = this.text.charCodeAt(this.#pos);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return c;
      this.#pos++;
    }
  }

  #value(): Json {
    if (++this.#values > this.limits.valuesMax) this.#fail('too_many_values', `expected at most ${this.limits.valuesMax} values`);
    const c = this.#next();
    switch (c) {
      case QUOTE: return this.#string();
      case OBJECT_OPEN: return this.#object();
      case LIST_OPEN: return this.#list();
      case 116: return this.#word('true', true);
      case 102: return this.#word('false', false);
      case 110: return this.#word('null', null);
      default:
        if (c === MINUS || (c >= ZERO && c <= NINE)) return this.#number();
        return this.#fail('malformed', 'expected a value');
    }
  }

  #word(word: string, value: boolean | null): boolean | null {
    if (!this.text.startsWith(word, this.#pos)) this.#fail('malformed', 'expected a value');
    this.#pos += word.length;
    return value;
  }

  #enter(): void {
    if (++this.#depth > this.limits.depthMax) this.#fail('too_deep', `expected at most ${this.limits.depthMax} containers inside each other`);
    this.#pos++;
  }

  #leave(): void {
    this.#depth--;
    this.#pos++;
  }

  #object(): JsonObject {
    this.#enter();
    const members: Record<string, Json> = {};
    if (this.#next() === OBJECT_CLOSE) {
      this.#leave();
      return members;
    }
    for (;;) {
      if (this.#next() !== QUOTE) this.#fail('malformed', 'expected a key in double quotes');
      const key = this.#string();
      if (key === '__proto__') this.#fail('forbidden_key', 'expected no key __proto__');
      if (Object.hasOwn(members, key)) this.#fail('duplicate_key', 'expected each key once in an object');
      if (this.#next() !== COLON) this.#fail('malformed', 'expected a colon after the key');
      this.#pos++;
      members[key] = this.#value();
      const c = this.#next();
      if (c === OBJECT_CLOSE) {
        this.#leave();
        return members;
      }
      if (c !== COMMA) this.#fail('malformed', 'expected a comma or the end of the object');
      this.#pos++;
    }
  }

  #list(): Json[] {
    this.#enter();
    const items: Json[] = [];
    if (this.#next() === LIST_CLOSE) {
      this.#leave();
      return items;
    }
    for (;;) {
      items.push(this.#value());
      const c = this.#next();
      if (c === LIST_CLOSE) {
        this.#leave();
        return items;
      }
      if (c !== COMMA) this.#fail('malformed', 'expected a comma or the end of the list');
      this.#pos++;
    }
  }

  #string(): string {
    const start = this.#pos + 1;
    let escaped = false;
    for (let i = start; ; i++) {
      const c = this.text.charCodeAt(i);
      if (c === QUOTE) {
        this.#pos = i + 1;
        return escaped ? this.#unescaped(start, i) : this.text.slice(start, i);
      }
      if (c === BACKSLASH) {
        escaped = true;
        i++;
      } else if (!(c >= 32)) {
        // Written so that NaN, the end of the text, ends here as well.
        this.#pos = i;
        this.#fail('malformed', 'expected a valid character or the end of the string');
      }
    }
  }

  #unescaped(start: number, end: number): string {
    try {
      return JSON.parse(this.text.slice(start - 1, end + 1)) as string;
    } catch {
      this.#pos = start;
      return this.#fail('malformed', 'expected a valid escape in the string');
    }
  }

  #number(): number | RawNumber {
    NUMBER.lastIndex = this.#pos;
    const literal = NUMBER.exec(this.text)?.[0];
    if (literal === undefined) return this.#fail('malformed', 'expected a number');
    this.#pos += literal.length;
    // What a digit follows was no number: 01.
    const c = this.text.charCodeAt(this.#pos);
    if (c >= ZERO && c <= NINE) this.#fail('malformed', 'expected a number without a leading zero');
    const value = Number(literal);
    return String(value) === literal ? value : raw.rawJSON(literal);
  }

  #fail(reason: JsonProblem, expected: string): never {
    throw new JsonError(reason, expected, Math.min(this.#pos, this.text.length));
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
