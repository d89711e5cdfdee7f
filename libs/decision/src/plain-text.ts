const QUOTE = 34, BACKSLASH = 92, MINUS = 45, ZERO = 48, NINE = 57;
/** Longer numbers might not be exact. */
const DIGITS_MAX = 15;

/** A text of our own to look for, as bytes: compared by hand, short ones cost half of `startsWith`. */
export type Literal = Uint8Array;

export function literal(text: string): Literal {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Reads ASCII JSON that was written by our own encoder, from one known place to the next. Once something is not there,
 * nothing that follows is: it is asked at the end, `isAt`.
 */
export class PlainText {
  private bytes: Uint8Array = new Uint8Array(0);
  private text = '';
  private at = 0;

  /** Begins to read at `from`; `text` holds the same bytes, one character each. */
  read(bytes: Uint8Array, text: string, from: number): void {
    this.bytes = bytes;
    this.text = text;
    this.at = from;
  }

  /** Whether everything was there so far, and this is the place. */
  isAt(place: number): boolean {
    return this.at === place;
  }

  fail(): void {
    this.at = this.bytes.length + 1;
  }

  /** Goes past the literal if it is there. */
  is(expected: Literal): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
    this.at = at + expected.length;
    return true;
  }

  expect(expected: Literal): boolean {
    if (this.is(expected)) return true;
    this.fail();
    return false;
  }

  /** The text behind the literal, which ends in its opening quote. Leaves the closing one. '' unless it is written as it is: printable ASCII without escapes. */
  string(before: Literal): string {
    if (!this.expect(before)) return '';
    const { bytes, at: from } = this;
    let at = from;
    for (; ; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) break;
      // Nothing, behind the end, is none of these either.
      if (byte === undefined || byte < 32 || byte > 126 || byte === BACKSLASH) {
        this.fail();
        return '';
      }
    }
    this.at = at;
    return this.text.slice(from, at);
  }

  /** The text behind the literal up to where `end` begins, whatever is in it; undefined if it does not end. Leaves its end. */
  raw(before: Literal, end: string): string | undefined {
    if (!this.expect(before)) return undefined;
    const to = this.text.indexOf(end, this.at);
    if (to < 0) {
      this.fail();
      return undefined;
    }
    const found = this.text.slice(this.at, to);
    this.at = to;
    return found;
  }

  /** The whole number from 0 on behind the literal. */
  integer(before: Literal): number {
    if (!this.expect(before)) return 0;
    const { bytes, at: from } = this;
    let at = from;
    let value = 0;
    for (let byte = bytes[at]; byte !== undefined && byte >= ZERO && byte <= NINE; byte = bytes[++at]) value = value * 10 + byte - ZERO;
    const digits = at - from;
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && bytes[from] === ZERO)) this.fail();
    else this.at = at;
    return value;
  }

  /** Whether the text behind the literal is null; then goes past both. */
  isNull(before: Literal): boolean {
    const { at } = this;
    if (!this.is(before)) return false;
    if (this.is(NULL)) return true;
    this.at = at;
    return false;
  }
}

const NULL = literal('null');

/** Whether a text is a whole number as it is written, short enough to be exact. */
export function isWholeNumber(text: string): boolean {
  const first = text.charCodeAt(0) === MINUS ? 1 : 0;
  const digits = text.length - first;
  if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && text.charCodeAt(first) === ZERO)) return false;
  for (let i = first; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < ZERO || unit > NINE) return false;
  }
  return true;
}
