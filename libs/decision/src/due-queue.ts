/** Something that is due at a time. */
export interface Due {
  dueMs: number;
  /** Where the queue holds it; the queue's own. */
  place: number;
}

/** What is due, earliest first. Adding, removing and moving take logarithmic time, so nothing stale is ever left inside. */
export class DueQueue<T extends Due> {
  private readonly items: T[] = [];

  get first(): T | undefined {
    return this.items[0];
  }

  add(item: T): void {
    this.items.push(item);
    this.rise(item, this.items.length - 1);
  }

  remove(item: T): void {
    const last = this.items.pop();
    if (last === undefined || last === item) return;
    last.place = item.place;
    this.items[last.place] = last;
    this.moved(last);
  }

  /** The item's `dueMs` was changed. */
  moved(item: T): void {
    if (!this.rise(item, item.place)) this.sink(item, item.place);
  }

  private rise(item: T, from: number): boolean {
    const { items } = this;
    let at = from;
    while (at > 0) {
      const parent = items[(at - 1) >> 1] as T;
      if (parent.dueMs <= item.dueMs) break;
      this.put(parent, at);
      at = (at - 1) >> 1;
    }
    this.put(item, at);
    return at !== from;
  }

  private sink(item: T, from: number): void {
    const { items } = this;
    let at = from;
    for (;;) {
      let least = 2 * at + 1;
      if (least >= items.length) break;
      if (least + 1 < items.length && (items[least + 1] as T).dueMs < (items[least] as T).dueMs) least++;
      const child = items[least] as T;
      if (child.dueMs >= item.dueMs) break;
      this.put(child, at);
      at = least;
    }
    this.put(item, at);
  }

  private put(item: T, at: number): void {
    this.items[at] = item;
    item.place = at;
  }
}
