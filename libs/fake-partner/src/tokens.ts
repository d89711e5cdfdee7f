import { randomBytes } from 'node:crypto';
import type { Knobs } from './knobs.js';

/** Every token and secret of the fake begins with it, so that a search can prove that none has leaked. */
export const CANARY = 'canary-fake-partner-';

export interface IssuedToken {
  readonly value: string;
  readonly generation: number;
  readonly expiresAtMs: number;
}

/** The partner's side of tokens: which it has handed out and which of them are good. */
export class Tokens {
  #issued: IssuedToken[] = [];
  #generation = 0;

  issue(knobs: Knobs, nowMs: number): IssuedToken {
    const last = this.#issued.at(-1);
    const value = knobs.sameToken && last !== undefined ? last.value : `${CANARY}token-${randomBytes(16).toString('hex')}`;
    const token = { value, generation: (this.#generation += 1), expiresAtMs: nowMs + knobs.lifetimeMs };
    if (knobs.mintKillsOlder) this.#issued = [];
    this.#issued = [...this.#issued.filter(({ expiresAtMs }) => expiresAtMs > nowMs), token];
    return token;
  }

  /** The token of that value if it is good now. */
  find(value: string, nowMs: number): IssuedToken | undefined {
    return this.#issued.findLast((token) => token.value === value && token.expiresAtMs > nowMs);
  }

  /** As if the partner had revoked them, or another client had minted. */
  revokeAll(): void {
    this.#issued = [];
  }
}
