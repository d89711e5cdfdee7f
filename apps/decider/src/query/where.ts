/** The conditions of one statement, with its values beside them: no text of a request becomes part of the statement. */
export class Where {
  readonly values: unknown[] = [];
  readonly #terms: string[] = [];

  /** Adds a condition made with the place of a value, such as `$3`. */
  add(term: (place: string) => string, value: unknown): this {
    this.#terms.push(term(this.place(value)));
    return this;
  }

  /** `column = value`, unless the value is empty. */
  equal(column: string, value: string): this {
    return value === '' ? this : this.add((place) => `${column} = ${place}`, value);
  }

  /** `column` is one of these, unless there are none. */
  anyOf(column: string, values: readonly string[]): this {
    return values.length === 0 ? this : this.add((place) => `${column} = ANY (${place}::text[])`, values);
  }

  /** `from <= column < to`; undefined is no bound. */
  between(column: string, from: Date | undefined, to: Date | undefined): this {
    if (from !== undefined) this.add((place) => `${column} >= ${place}`, from);
    return to === undefined ? this : this.add((place) => `${column} < ${place}`, to);
  }

  /** A condition without values. */
  also(term: string): this {
    this.#terms.push(term);
    return this;
  }

  /** The place of a value that is used elsewhere in the statement. */
  place(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  toString(): string {
    return this.#terms.length === 0 ? '' : ` WHERE ${this.#terms.join(' AND ')}`;
  }
}
