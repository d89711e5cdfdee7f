/**
 * What was put in a while ago is forgotten, a generation at a time: deleting the oldest keys of a large Map one by one
 * leaves holes that every look at its beginning walks over.
 */
export class RecentMap<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  #since = -Infinity;

  /** Keeps everything that was put in within the last `keptFor`, and up to as much again. */
  constructor(private readonly keptFor: number) {}

  get(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** `now` never runs backwards: a time, or a count. */
  set(key: K, value: V, now: number): void {
    if (now - this.#since >= this.keptFor) {
      this.#old = now - this.#since >= 2 * this.keptFor ? new Map() : this.#young;
      this.#young = new Map();
      this.#since = now;
    }
    this.#young.set(key, value);
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
