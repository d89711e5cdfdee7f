/**
 * The data of a stored event, field by field. Every reader decodes every event, so this is checked by hand; the messages
 * name the field, never its value.
 */
export class EventFields {
  private readonly data: Readonly<Record<string, unknown>>;

  constructor(
    private readonly where: string,
    data: unknown,
  ) {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new Error(`${where}: expected an object`);
    this.data = data as Readonly<Record<string, unknown>>;
  }

  wrong(key: string, expected: string): never {
    throw new Error(`${this.where}: expected \`${key}\` to be ${expected}`);
  }

  isNull(key: string): boolean {
    return this.data[key] === null;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.data, key);
  }

  text(key: string): string {
    const value = this.data[key];
    return typeof value === 'string' ? value : this.wrong(key, 'a text');
  }

  flag(key: string): boolean {
    const value = this.data[key];
    return typeof value === 'boolean' ? value : this.wrong(key, 'true or false');
  }

  /** Times, durations and offsets: never negative. */
  integer(key: string): number {
    const value = this.data[key];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : this.wrong(key, 'an integer from 0 on');
  }

  choice<T extends string>(key: string, words: readonly T[]): T {
    const value = this.data[key];
    for (const word of words) if (word === value) return word;
    return this.wrong(key, `one of ${words.join(', ')}`);
  }

  texts(key: string): string[] {
    const list = this.list(key);
    for (const value of list) if (typeof value !== 'string') this.wrong(key, 'a list of texts');
    return list as string[];
  }

  choices<T extends string>(key: string, words: readonly T[]): T[] {
    const list = this.list(key);
    for (const value of list) if (!words.includes(value as T)) this.wrong(key, `a list of ${words.join(', ')}`);
    return list as T[];
  }

  object(key: string): EventFields {
    return new EventFields(`${this.where}.${key}`, this.data[key]);
  }

  objects<T>(key: string, decode: (fields: EventFields) => T): T[] {
    return this.list(key).map((value) => decode(new EventFields(`${this.where}.${key}`, value)));
  }

  /** All `count` fields were there, so any more are unknown. */
  expectNoOthers(count: number): void {
    const keys = Object.keys(this.data);
    if (keys.length !== count) throw new Error(`${this.where}: expected ${count} fields, found ${keys.length}`);
  }

  private list(key: string): unknown[] {
    const value = this.data[key];
    return Array.isArray(value) ? value : this.wrong(key, 'a list');
  }
}
