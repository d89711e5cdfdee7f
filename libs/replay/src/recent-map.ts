/** What is kept may be older than it must be by this share of the time. */
const GENERATIONS = 4;

/**
 * What was put in a while ago is forgotten, a generation at a time: deleting the oldest keys of a large Map one by one
 * leaves holes that every look at its beginning walks over.
 */
export class RecentMap<K, V> {
  /** The youngest first. */
  #generations: Map<K, V>[] = [new Map()];
  #since = -Infinity;

  /** Keeps everything that was put in within the last `keptFor`, and what is a quarter older. */
  constructor(private readonly keptFor: number) {}

  get(key: K): V | undefined {
    for (const generation of this.#generations) {
      const found = generation.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** `now` never runs backwards: a time, or a count. */
  set(key: K, value: V, now: number): void {
    const passed = Math.floor(((now - this.#since) * GENERATIONS) / this.keptFor);
    if (passed >= 1) {
      // Whoever was away for long has nothing to keep; otherwise one generation for now, and those that may hold what is young enough.
      this.#generations = passed > GENERATIONS ? [new Map()] : [new Map(), ...this.#generations.slice(0, GENERATIONS)];
      this.#since = now;
    }
    this.#generations[0]!.set(key, value);
  }

  delete(key: K): void {
    for (const generation of this.#generations) generation.delete(key);
  }
}
