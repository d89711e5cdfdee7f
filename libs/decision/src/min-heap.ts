/** Numbers, smallest first. Pushing and popping take logarithmic time. */
export class MinHeap {
  private readonly items: number[] = [];

  get smallest(): number | undefined {
    return this.items[0];
  }

  push(value: number): void {
    const { items } = this;
    let i = items.length;
    items.push(value);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((items[parent] as number) <= value) break;
      items[i] = items[parent] as number;
      i = parent;
    }
    items[i] = value;
  }

  pop(): number | undefined {
    const { items } = this;
    const smallest = items[0];
    const last = items.pop();
    if (smallest === undefined || last === undefined || items.length === 0) return smallest;
    let i = 0;
    for (;;) {
      let least = 2 * i + 1;
      if (least >= items.length) break;
      if (least + 1 < items.length && (items[least + 1] as number) < (items[least] as number)) least++;
      if ((items[least] as number) >= last) break;
      items[i] = items[least] as number;
      i = least;
    }
    items[i] = last;
    return smallest;
  }
}
