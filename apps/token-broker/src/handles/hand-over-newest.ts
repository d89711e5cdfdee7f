import { DocketError } from '#errors';
import type { ServedToken } from '../cache/token-cache.js';

export interface HandOver<T> {
  readonly get: () => ServedToken | Promise<ServedToken>;
  /** No token up to this generation will do any more. */
  readonly end: (generation: number) => void;
  readonly give: (served: ServedToken) => Promise<T>;
}

/** A refresh, and one that comes right after it. */
const TRIES = 3;

/**
 * Hands the newest token over. A refresh may publish another one between the look into the cache and the event that says who had
 * it: then the newer one is handed over, instead of telling the caller to ask again.
 */
export async function handOverNewest<T>({ get, end, give }: HandOver<T>): Promise<T> {
  for (let triesLeft = TRIES - 1; ; triesLeft -= 1) {
    const got = get();
    const served = got instanceof Promise ? await got : got;
    try {
      return await give(served);
    } catch (error) {
      if (!(error instanceof DocketError) || error.reason !== 'TOKEN_ENDED' || triesLeft <= 0) throw error;
      end(served.generation);
    }
  }
}
