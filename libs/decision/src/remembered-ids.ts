/** Ids are dropped a bucket at a time, so that dropping costs nothing per id. */
const BUCKET_MS = 10_000;

/**
 * Something about each recent id, kept by the id's own time: an id young enough to be accepted is always still there,
 * and an id too old to be accepted need not be. Keys are `<grant id><call id>`, since ids are unique per grant.
 */
export class RememberedIds<V> {
  private readonly buckets = new Map<number, Map<string, V>>();
  private oldest = Infinity;

  get(key: string, idTimeMs: number): V | undefined {
    return this.buckets.get(Math.floor(idTimeMs / BUCKET_MS))?.get(key);
  }

  set(key: string, idTimeMs: number, value: V): void {
    this.setInBucket(Math.floor(idTimeMs / BUCKET_MS), key, value);
  }

  setInBucket(number: number, key: string, value: V): void {
    let bucket = this.buckets.get(number);
    if (bucket === undefined) {
      bucket = new Map();
      this.buckets.set(number, bucket);
      if (number < this.oldest) this.oldest = number;
    }
    bucket.set(key, value);
  }

  delete(key: string, idTimeMs: number): void {
    const number = Math.floor(idTimeMs / BUCKET_MS);
    const bucket = this.buckets.get(number);
    bucket?.delete(key);
    // An empty bucket would tell a state that had ids from one restored without them.
    if (bucket?.size === 0) this.buckets.delete(number);
  }

  /** Drops the buckets that hold nothing but ids of before `timeMs`. */
  dropBefore(timeMs: number): void {
    // A few dozen buckets are live at most: ids are accepted minutes around the present only.
    while ((this.oldest + 1) * BUCKET_MS <= timeMs) {
      this.buckets.delete(this.oldest);
      let oldest = Infinity;
      for (const number of this.buckets.keys()) if (number < oldest) oldest = number;
      this.oldest = oldest;
    }
  }

  /** Buckets and their ids in the order in which they came, which is the same for every reader. */
  entries(): IterableIterator<[number, ReadonlyMap<string, V>]> {
    return this.buckets.entries();
  }
}
