/** So much of something, in all and for one owner. */
export class Budget {
  readonly #max: number;
  readonly #perOwnerMax: number;
  readonly #owners = new Map<string, number>();
  #used = 0;

  constructor(max: number, perOwnerMax: number) {
    this.#max = max;
    this.#perOwnerMax = perOwnerMax;
  }

  get used(): number {
    return this.#used;
  }

  of(owner: string): number {
    return this.#owners.get(owner) ?? 0;
  }

  /** Takes `amount` unless that would be too much for the owner or in all. */
  take(owner: string, amount = 1): boolean {
    const own = this.of(owner) + amount;
    if (own > this.#perOwnerMax || this.#used + amount > this.#max) return false;
    this.#owners.set(owner, own);
    this.#used += amount;
    return true;
  }

  give(owner: string, amount = 1): void {
    const own = this.of(owner) - amount;
    this.#used -= amount;
    if (own > 0) this.#owners.set(owner, own);
    else this.#owners.delete(owner);
  }
}
