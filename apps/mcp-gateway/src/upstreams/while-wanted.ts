import { UpstreamTrouble } from './upstream-trouble.js';

/**
 * Does `work` for as long as its answer is wanted: the signal that it is given ends, with an UpstreamTrouble, when `wanted` does, and after
 * `callMs` in all, whatever the server says meanwhile.
 */
export async function whileWanted<T>(wanted: AbortSignal, callMs: number, work: (over: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = setTimeout(() => over.abort(new UpstreamTrouble('unknown', 'UPSTREAM_TOO_LATE', 'the server has not answered in time')), callMs);
  const cancel = (): void => over.abort(new UpstreamTrouble('unknown', 'CANCELLED', 'the call was cancelled'));
  if (wanted.aborted) cancel();
  else wanted.addEventListener('abort', cancel, { once: true });
  try {
    return await work(over.signal);
  } finally {
    clearTimeout(late);
    wanted.removeEventListener('abort', cancel);
  }
}
