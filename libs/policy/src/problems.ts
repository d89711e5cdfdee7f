import type { ExactJson } from './exact-json.js';
import { Decimal, exactText } from './exact-number.js';
import { pointerToken } from './pointer.js';

/** One thing wrong with a document, at a JSON pointer in it as it was written. */
export interface PolicyProblem {
  readonly pointer: string;
  readonly found: string;
  readonly expected: string;
  readonly message: string;
}

/** Something the author should know about a document that is accepted. */
export interface PolicyNote {
  readonly pointer: string;
  readonly message: string;
}

/** More than any author reads; the rest is counted. */
const PROBLEMS_MAX = 1_000;
const SHOWN_MAX = 60;

/** Collects everything there is to say about a document, so that it is said at once. */
export class Problems {
  private readonly listed: PolicyProblem[] = [];
  private left = 0;
  private readonly notes: PolicyNote[] = [];
  private readonly noted = new Set<string>();
  private notesLeft = 0;

  get some(): boolean {
    return this.listed.length > 0;
  }

  add(pointer: string, found: string, expected: string, message = `found ${found}, expected ${expected}`): void {
    if (this.listed.length < PROBLEMS_MAX) this.listed.push({ pointer, found, expected, message });
    else this.left++;
  }

  warn(pointer: string, message: string): void {
    // A rule that stands in several tools is one place in the document.
    const key = `${pointer}\n${message}`;
    if (this.noted.has(key)) return;
    this.noted.add(key);
    if (this.notes.length < PROBLEMS_MAX) this.notes.push({ pointer, message });
    else this.notesLeft++;
  }

  warnings(): PolicyNote[] {
    return this.notesLeft === 0 ? this.notes : [...this.notes, { pointer: '', message: `and ${this.notesLeft} more, not listed` }];
  }

  all(): PolicyProblem[] {
    if (this.left === 0) return [...this.listed];
    const found = `${this.left} more problems`;
    return [...this.listed, { pointer: '', found, expected: 'none', message: `and ${found}, not listed` }];
  }
}

export function child(pointer: string, step: string | number): string {
  return `${pointer}/${pointerToken(String(step))}`;
}

/** What a value is, in words short enough for an error message. */
export function describe(value: ExactJson | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return shorten(JSON.stringify(value));
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || value instanceof Decimal) return shorten(exactText(value));
  if (value instanceof Map) return value.size === 0 ? 'an empty object' : `an object of ${value.size} ${value.size === 1 ? 'key' : 'keys'}`;
  const { length } = value as readonly ExactJson[];
  return length === 0 ? 'an empty list' : `a list of ${length}`;
}

export function shorten(text: string): string {
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX).toWellFormed()}…`;
}

/** `"a", "b" or "c"` */
export function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => JSON.stringify(word));
  const last = quoted.pop() ?? 'nothing';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
