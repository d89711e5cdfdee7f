import type { ExactJson, ExactObject } from './exact-json.js';
import { type Problems, child, describe, oneOf } from './problems.js';

/**
 * One object of a document. Readers ask for its fields by name; `finish` then reports every key that nobody asked for
 * and keeps those beginning with `x-`.
 */
export class Fields {
  private readonly asked = new Set<string>();
  /** Reported already. */
  private readonly reported = new Set<string>();

  private constructor(
    private readonly object: ExactObject,
    readonly pointer: string,
    readonly problems: Problems,
  ) {}

  /** The value as an object; otherwise reports it and is undefined. */
  static of(value: ExactJson, pointer: string, problems: Problems, expected: string): Fields | undefined {
    if (value instanceof Map) return new Fields(value, pointer, problems);
    problems.add(pointer, describe(value), expected);
    return undefined;
  }

  at(key: string): string {
    return child(this.pointer, key);
  }

  get(key: string): ExactJson | undefined {
    this.asked.add(key);
    return this.object.get(key);
  }

  /** Only what is not there has a default: null is a value, and mostly a wrong one. */
  getOr(key: string, absent: ExactJson): ExactJson {
    const value = this.get(key);
    return value === undefined ? absent : value;
  }

  /** Reports a value that is not what it should be, a missing one included. */
  wrong(key: string, expected: string): undefined {
    this.problems.add(this.at(key), describe(this.object.get(key)), expected);
    return undefined;
  }

  choice<T extends string>(key: string, words: readonly T[], absent?: T): T | undefined {
    const value = this.get(key);
    if (value === undefined && absent !== undefined) return absent;
    return words.find((word) => word === value) ?? this.wrong(key, oneOf(words));
  }

  /** A text of 1 to `max` characters, lines and tabs included; undefined if absent or reported. */
  text(key: string, max: number): string | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && isName(value.replace(/[\n\t]/g, ' '), max)) return value;
    return this.wrong(key, `a text of 1 to ${max} printable characters`);
  }

  /** A list; empty if absent or reported. */
  list(key: string, expected: string): readonly ExactJson[] {
    const value = this.get(key);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value as readonly ExactJson[];
    this.wrong(key, expected);
    return [];
  }

  /** Refuses keys of another format by name, without suggesting them to anybody. */
  foreign(keys: readonly string[], what: string, expected: string): void {
    for (const key of keys) {
      if (!this.object.has(key)) continue;
      this.reported.add(key);
      this.problems.add(this.at(key), `\`${key}\`, ${what}`, expected);
    }
  }

  finish(): ExactObject {
    const extensions = new Map<string, ExactJson>();
    for (const [key, value] of this.object) {
      if (this.asked.has(key) || this.reported.has(key)) continue;
      if (key.startsWith('x-')) extensions.set(key, value);
      else this.problems.add(this.at(key), `the unknown key ${describe(key)}`, `${oneOf([...this.asked])}, or a key beginning with "x-"`);
    }
    return extensions;
  }
}

/** Names of tools and counters: printable, so that they can stand in messages, pointers and keys as they are. */
export function isName(value: ExactJson | undefined, max: number): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= max && !/[\u0000-\u001f\u007f]/.test(value);
}
