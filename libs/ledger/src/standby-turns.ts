/**
 * When standbys that begin from nothing may read their logs: one after another, and not while this node claims a partition. When a node leaves, the
 * others claim what it owned and get new partitions to stand by for, all in the same moment; folding those takes a processor's whole time, and callers
 * wait for the claims.
 */
export class StandbyTurns {
  #holder: object | undefined;
  #claims = 0;
  /** Called when it may be their turn; in the order in which they asked. */
  readonly #waiting = new Map<object, () => void>();

  /** Whether `who` may read now; then it must say when it has ended. If not, `wake` is called when it is worth asking again. */
  take(who: object, wake: () => void): boolean {
    if (this.#holder === who) return true;
    if (this.#holder !== undefined || this.#claims > 0) {
      this.#waiting.set(who, wake);
      return false;
    }
    this.#waiting.delete(who);
    this.#holder = who;
    return true;
  }

  /** It has read its log, or does not want to any more. */
  end(who: object): void {
    this.#waiting.delete(who);
    if (this.#holder !== who) return;
    this.#holder = undefined;
    this.#next();
  }

  /** A claim begins; call what is returned when it has ended. */
  claiming(): () => void {
    this.#claims += 1;
    return () => {
      this.#claims -= 1;
      this.#next();
    };
  }

  #next(): void {
    if (this.#holder !== undefined || this.#claims > 0) return;
    const [first] = this.#waiting.values();
    first?.();
  }
}
