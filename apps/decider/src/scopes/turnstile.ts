interface Waiting {
  readonly wake: () => void;
  isGone: boolean;
}

interface Grant {
  inside: number;
  waiting: Waiting[];
}

/**
 * Lets no more calls of one grant reserve at a time than the grant's own limits have room for: what one of them held in vain for a
 * moment would be missing for the calls of other grants. Who waits is let in one by one, in the order of their coming.
 */
export class Turnstile {
  readonly #grants = new Map<string, Grant>();

  /** True: `leave` must follow. */
  tryEnter(grantId: string, room: number): boolean {
    const grant = this.#grants.get(grantId) ?? { inside: 0, waiting: [] };
    if (grant.inside >= Math.max(1, room)) return false;
    grant.inside += 1;
    this.#grants.set(grantId, grant);
    return true;
  }

  leave(grantId: string): void {
    const grant = this.#grants.get(grantId);
    if (grant === undefined) return;
    grant.inside -= 1;
    this.pass(grantId);
  }

  /** Whose turn it was does not need it: the next one's. */
  pass(grantId: string): void {
    const grant = this.#grants.get(grantId);
    if (grant === undefined) return;
    for (let next = grant.waiting.shift(); next !== undefined; next = grant.waiting.shift()) {
      if (!next.isGone) return next.wake();
    }
    if (grant.inside === 0) this.#grants.delete(grantId);
  }

  /** Settles when it is this one's turn to try again; then `tryEnter`, or `pass`. Only after `tryEnter` has said no. `within` may give up on it. */
  async turn(grantId: string, within: (turn: Promise<void>) => Promise<void>): Promise<void> {
    const grant = this.#grants.get(grantId);
    if (grant === undefined) return;
    let waiting: Waiting | undefined;
    const turn = new Promise<void>((wake) => grant.waiting.push(waiting = { wake, isGone: false }));
    try {
      await within(turn);
    } catch (error) {
      if (waiting !== undefined) (waiting as Waiting).isGone = true;
      throw error;
    }
  }
}
