/** One after another, for each name. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when it is the caller's turn, to what ends it. */
  async enter(name: string): Promise<() => void> {
    const before = this.#last.get(name);
    let end = (): void => {};
    const mine = new Promise<void>((resolve) => (end = resolve));
    const last = (before ?? Promise.resolve()).then(() => mine);
    this.#last.set(name, last);
    void last.then(() => {
      if (this.#last.get(name) === last) this.#last.delete(name);
    });
    await before;
    return end;
  }
}
