import { createHash } from 'node:crypto';
import type { Secret } from '#platform';

export const LINK_MINUTES = 15;
const LINKS_MAX = 100;

export interface OneTimeLinksOptions {
  readonly wallMs: () => number;
  readonly random: () => string;
}

/** Links that sign somebody in once, for a quarter of an hour: what `npm start` prints. */
export class OneTimeLinks {
  readonly #credentials = new Map<string, { readonly credential: Secret; readonly endsAtMs: number }>();
  readonly #o: OneTimeLinksOptions;

  constructor(options: OneTimeLinksOptions) {
    this.#o = options;
  }

  /** The token of a new link, which stands for this credential. */
  issue(credential: Secret): string {
    if (this.#credentials.size >= LINKS_MAX) this.#credentials.delete(this.#credentials.keys().next().value!);
    const token = this.#o.random();
    this.#credentials.set(digestOf(token), { credential, endsAtMs: this.#o.wallMs() + LINK_MINUTES * 60_000 });
    return token;
  }

  /** Whether it would still sign somebody in. */
  isGood(token: string): boolean {
    const found = this.#credentials.get(digestOf(token));
    return found !== undefined && this.#o.wallMs() < found.endsAtMs;
  }

  /** The credential, once; undefined for a link that was used, is too old, or never was. */
  redeem(token: string): Secret | undefined {
    const good = this.isGood(token);
    const digest = digestOf(token);
    const found = this.#credentials.get(digest);
    this.#credentials.delete(digest);
    return good ? found!.credential : undefined;
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
