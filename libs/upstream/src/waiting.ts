import type { TokenAsk, UpstreamToken, UpstreamTokens } from './tokens.js';

/**
 * Waits for a token as long as the caller does, also where a broker takes no notice of `signal`. Rejects with the signal's
 * reason; an answer that comes later goes nowhere.
 */
export async function tokenWithin(tokens: UpstreamTokens, ask: TokenAsk): Promise<UpstreamToken> {
  ask.signal?.throwIfAborted();
  return within(ask.signal, tokens.get(ask));
}

/**
 * Says that a token was refused, for the sake of those who come next: also when this caller's time is over, and then without
 * waiting. Never rejects.
 */
export async function reportRefused(tokens: UpstreamTokens, ask: TokenAsk & { readonly rejectedGeneration: number }): Promise<void> {
  const { signal, deadlineMs: _, ...rest } = ask;
  await within(signal, Promise.resolve(tokens.get(rest))).catch(() => {});
}

async function within<T>(signal: AbortSignal | undefined, answer: T | Promise<T>): Promise<T> {
  if (signal === undefined || !(answer instanceof Promise)) return answer;
  let stop = (): void => {};
  const over = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([answer, over]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
