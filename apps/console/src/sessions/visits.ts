import { createHmac, timingSafeEqual } from 'node:crypto';

/** Tokens for the forms of people who are not signed in: bound to a cookie of their browser, kept nowhere. */
export class Visits {
  readonly #key: string;

  /** @param key unguessable, of this process */
  constructor(key: string) {
    this.#key = key;
  }

  formToken(visit: string): string {
    return createHmac('sha256', this.#key).update(visit).digest('base64url');
  }
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
