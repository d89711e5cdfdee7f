import { ExactJsonError, type ExactJsonProblem } from './exact-json-error.js';
import { type ExactNumber, Decimal, exactText, parseExactNumber } from './exact-number.js';
import { pointerToken } from './pointer.js';

/** JSON with exact numbers. Objects are Maps, so that no key (`__proto__`) means anything to JavaScript. */
export type ExactJson = null | boolean | string | ExactNumber | readonly ExactJson[] | ExactObject;
export type ExactObject = ReadonlyMap<string, ExactJson>;

export interface ExactJsonLimits {
  /** Of the text in UTF-8, and of its canonical form, which may be longer than the text where numbers are spelled `1e20`. */
  readonly maxBytes: number;
  /** Containers inside each other. */
  readonly maxDepth: number;
  /** Called for every repeated key instead of refusing the document; the first value stands. */
  readonly onDuplicateKey?: (pointer: string) => void;
}

/** Arguments of a call: design.md 2.8, policy.md 1. */
export const ARGUMENT_LIMITS: ExactJsonLimits = { maxBytes: 1024 * 1024, maxDepth: 64 };

const POINTER_SHOWN_MAX = 200;

/**
 * Parses RFC 8259 JSON, exactly: no duplicate keys (compared after unescaping), no lone surrogates, numbers as decimals.
 * Linear in the text. Throws ExactJsonError and nothing else.
 */
export function parseExactJson(input: Uint8Array | string, limits: ExactJsonLimits): ExactJson {
  const bytes = typeof input === 'string' ? utf8Length(input, limits.maxBytes) : input.length;
  if (bytes > limits.maxBytes) throw new ExactJsonError('too_large', `expected at most ${limits.maxBytes} bytes of JSON`, '', 0, 0);
  return new Parser(typeof input === 'string' ? wellFormed(input) : decodeUtf8(input), bytes, limits).document();
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ExactJsonError('not_utf8', 'expected UTF-8', '', 0, 0);
  }
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new ExactJsonError('lone_surrogate', 'expected text without lone surrogates', '', 0, 0);
  return text;
}

/** Bytes of `text` in UTF-8; stops counting above `max`. */
function utf8Length(text: string, max: number): number {
  if (text.length > max) return text.length;
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts 2, which makes the pair's 4.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

const OBJECT_OPEN = 123, OBJECT_CLOSE = 125, LIST_OPEN = 91, LIST_CLOSE = 93, QUOTE = 34, BACKSLASH = 92, COMMA = 44, COLON = 58;
const MINUS = 45, POINT = 46, ZERO = 48, NINE = 57;
/** Integers of up to this many digits are safe, whatever the digits. */
const SAFE_DIGITS = 15;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

class Parser {
  private pos = 0;
  private depth = 0;
  /** Keys and indexes on the way to the present value; entries from `depth` on are left over. */
  private readonly path: (string | number)[] = [];

  constructor(
    private readonly text: string,
    /** Of the text, plus what its numbers grow by in the canonical form. */
    private bytes: number,
    private readonly limits: ExactJsonLimits,
  ) {}

  document(): ExactJson {
    const value = this.value();
    if (!Number.isNaN(this.next())) this.fail('malformed', 'expected the end of the text after the value');
    return value;
  }

  /** The next character that is no white space; NaN at the end. It is not consumed. */
  private next(): number {
    for (;;) {
      const c = this.text.charCodeAt(this.pos);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return c;
      this.pos++;
    }
  }

  private value(): ExactJson {
    const c = this.next();
    switch (c) {
      case QUOTE: return this.string();
      case OBJECT_OPEN: return this.object();
      case LIST_OPEN: return this.list();
      case 116: return this.word('true', true);
      case 102: return this.word('false', false);
      case 110: return this.word('null', null);
      default:
        if (c === MINUS || (c >= ZERO && c <= NINE)) return this.number();
        return this.fail('malformed', 'expected a value');
    }
  }

  private word(word: string, value: boolean | null): boolean | null {
    if (!this.text.startsWith(word, this.pos)) this.fail('malformed', 'expected a value');
    this.pos += word.length;
    return value;
  }

  private enter(): number {
    if (this.depth >= this.limits.maxDepth) this.fail('too_deep', `expected at most ${this.limits.maxDepth} containers inside each other`);
    this.pos++;
    return this.depth++;
  }

  private object(): ExactObject {
    const level = this.enter();
    const members = new Map<string, ExactJson>();
    if (this.next() === OBJECT_CLOSE) {
      this.pos++;
      this.depth--;
      return members;
    }
    for (;;) {
      // The key that was finished is no longer the place of a problem.
      this.depth = level;
      if (this.next() !== QUOTE) this.fail('malformed', 'expected a key in double quotes');
      const key = this.string();
      this.path[level] = key;
      this.depth = level + 1;
      const repeated = members.has(key);
      if (repeated) {
        if (this.limits.onDuplicateKey === undefined) this.fail('duplicate_key', 'expected each key once in an object');
        this.limits.onDuplicateKey(this.pointer());
      }
      if (this.next() !== COLON) this.fail('malformed', 'expected a colon after the key');
      this.pos++;
      const value = this.value();
      if (!repeated) members.set(key, value);
      const c = this.next();
      this.pos++;
      if (c === COMMA) continue;
      if (c !== OBJECT_CLOSE) this.fail('malformed', 'expected a comma or the end of the object', -1);
      this.depth = level;
      return members;
    }
  }

  private list(): ExactJson[] {
    const level = this.enter();
    const items: ExactJson[] = [];
    if (this.next() === LIST_CLOSE) {
      this.pos++;
      this.depth--;
      return items;
    }
    for (;;) {
      this.path[level] = items.length;
      items.push(this.value());
      const c = this.next();
      this.pos++;
      if (c === COMMA) continue;
      if (c !== LIST_CLOSE) this.fail('malformed', 'expected a comma or the end of the list', -1);
      this.depth = level;
      return items;
    }
  }

  private string(): string {
    const start = this.pos + 1;
    for (let i = start; ; i++) {
      const c = this.text.charCodeAt(i);
      if (c === QUOTE) {
        this.pos = i + 1;
        return this.text.slice(start, i);
      }
      if (c === BACKSLASH) return this.escapedString(start, i);
      // Written so that NaN, the end of the text, ends here as well.
      if (!(c >= 32)) this.failAt(i);
    }
  }

  private escapedString(start: number, firstEscape: number): string {
    let value = this.text.slice(start, firstEscape);
    let i = firstEscape;
    for (;;) {
      const c = this.text.charCodeAt(i);
      if (c === QUOTE) break;
      if (c === BACKSLASH) {
        const escape = this.text.charAt(i + 1);
        const plain = ESCAPES[escape];
        if (plain !== undefined) {
          value += plain;
          i += 2;
        } else {
          const hex = this.text.slice(i + 2, i + 6);
          if (escape !== 'u' || !/^[0-9a-fA-F]{4}$/.test(hex)) this.failAt(i);
          value += String.fromCharCode(parseInt(hex, 16));
          i += 6;
        }
        continue;
      }
      if (!(c >= 32)) this.failAt(i);
      const run = i;
      while (this.isPlain(i)) i++;
      value += this.text.slice(run, i);
    }
    // The text itself is well-formed, so only an escape can have brought half a pair.
    if (!value.isWellFormed()) this.fail('lone_surrogate', 'expected text without lone surrogates');
    this.pos = i + 1;
    return value;
  }

  private isPlain(i: number): boolean {
    const c = this.text.charCodeAt(i);
    return c >= 32 && c !== QUOTE && c !== BACKSLASH;
  }

  private number(): ExactNumber {
    const { text } = this;
    const start = this.pos;
    const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
    let i = first;
    let value = 0;
    for (; ; i++) {
      const c = text.charCodeAt(i);
      if (!(c >= ZERO && c <= NINE)) {
        // Small integers, most numbers there are: their digits are their value.
        if (c === POINT || c === 101 || c === 69 || i - first > SAFE_DIGITS) break;
        if (i === first || (i - first > 1 && text.charCodeAt(first) === ZERO)) this.failAt(first, 'expected a number');
        this.pos = i;
        return first === start || value === 0 ? value : -value;
      }
      if (i - first < SAFE_DIGITS) value = value * 10 + (c - ZERO);
    }
    return this.longNumber(start);
  }

  private longNumber(start: number): ExactNumber {
    NUMBER.lastIndex = start;
    const literal = NUMBER.exec(this.text)?.[0];
    if (literal === undefined) this.failAt(start, 'expected a number');
    this.pos = start + literal.length;
    const value = parseExactNumber(literal);
    if (value === undefined) this.failAt(start, 'expected a number of at most 1000 digits, between 1e-1000 and 1e1000 in size', 'number_out_of_range');
    const grown = (value instanceof Decimal ? exactText(value) : String(value)).length - literal.length;
    if (grown > 0) {
      this.bytes += grown;
      if (this.bytes > this.limits.maxBytes) this.fail('too_large', `expected at most ${this.limits.maxBytes} bytes of JSON with its numbers written out`);
    }
    return value;
  }

  private pointer(): string {
    return this.path.slice(0, this.depth).map((step) => `/${pointerToken(String(step))}`).join('');
  }

  private failAt(pos: number, expected?: string, reason: ExactJsonProblem = 'malformed'): never {
    this.pos = pos;
    return this.fail(reason, expected ?? (pos >= this.text.length ? 'expected the end of the string' : 'expected a valid character in the string'));
  }

  private fail(reason: ExactJsonProblem, expected: string, back = 0): never {
    const pos = Math.min(this.pos + back, this.text.length);
    const before = this.text.lastIndexOf('\n', pos - 1);
    let line = 1;
    for (let i = this.text.indexOf('\n'); i >= 0 && i < pos; i = this.text.indexOf('\n', i + 1)) line++;
    const pointer = this.pointer();
    const shown = pointer.length > POINTER_SHOWN_MAX ? `${pointer.slice(0, POINTER_SHOWN_MAX)}…`.toWellFormed() : pointer;
    throw new ExactJsonError(reason, expected, shown, line, pos === 0 ? 1 : pos - before);
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
