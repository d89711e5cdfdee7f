/** Waits for work that others may wait for too, no longer than `timeoutMs` or until the signal; the work itself goes on. */
export function within<T>(work: Promise<T>, timeoutMs: number, what: string, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => finish(() => reject(new Error(`${what}: given up`)));
    const timer = setTimeout(() => finish(() => reject(new Error(`${what}: not within ${Math.round(timeoutMs)} ms`))), Math.max(0, timeoutMs));
    work.then((value) => finish(() => resolve(value)), (error: unknown) => finish(() => reject(error as Error)));
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
