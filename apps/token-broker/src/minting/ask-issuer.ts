import { classify } from '#access-token';
import type { Runtime } from '#ledger';
import type { MintRequest, MintResult, TokenIssuer } from '../issuers/issuer.js';

export interface AskOptions {
  readonly runtime: Pick<Runtime, 'after'>;
  readonly limitMs: number;
  /** How long an answer is waited for that nobody waits for any more; undefined: not at all. */
  readonly lateLimitMs: number | undefined;
}

export interface Asked {
  readonly answer: Promise<MintResult>;
  /** The answer, if it came when `answer` had been given up; undefined otherwise. */
  readonly late: Promise<MintResult | undefined>;
}

/** The issuer's answer, or that its time is over: whatever an adapter does with the signal, nobody waits longer. Neither promise rejects. */
export function askIssuer(issuer: TokenIssuer, request: () => Promise<Omit<MintRequest, 'signal'>>, { runtime, limitMs, lateLimitMs }: AskOptions): Asked {
  const stop = new AbortController();
  const failed = (code: 'timeout' | 'connection_failed'): MintResult => ({ kind: 'failed', failure: classify({ kind: 'network', code }), retryAfterMs: null, detail: '' });
  const asked = request().then((full) => issuer.mint({ ...full, signal: stop.signal })).catch(() => failed('connection_failed'));
  let isLate = false;
  const answer = new Promise<MintResult>((resolve) => {
    const cancel = runtime.after(limitMs, () => {
      isLate = true;
      if (lateLimitMs === undefined) stop.abort();
      resolve(failed('timeout'));
    });
    void asked.then((result) => {
      cancel();
      resolve(result);
    });
  });
  if (lateLimitMs === undefined) return { answer, late: Promise.resolve(undefined) };
  const cancel = runtime.after(lateLimitMs, () => stop.abort());
  const late = asked.then((result) => {
    cancel();
    return isLate ? result : undefined;
  });
  return { answer, late };
}
