import type { Context } from './context.js';

const RETRY_MS = 500;

/**
 * For work that outlives an outage: what it returns runs something; while that fails it says so once, resolves to
 * undefined after a moment, and says when it is back. After `maxMs` of failing it rejects with the failure.
 */
export function patience(context: Context, maxMs: number): <T>(work: () => Promise<T>) => Promise<T | undefined> {
  const outage = outageNotes(context);
  let sinceMs: number | undefined;
  return async (work) => {
    try {
      const done = await work();
      sinceMs = undefined;
      outage.isBack();
      return done;
    } catch (error) {
      sinceMs ??= performance.now();
      if (performance.now() - sinceMs > maxMs) throw error;
      outage.isAway(error);
      await new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS));
      return undefined;
    }
  };
}

/** Says once that something is away, however often it is tried again, and once that it is back. */
export function outageNotes(context: Context): { isAway(error: unknown): void; isBack(): void } {
  let awayMs: number | undefined;
  return {
    isAway(error) {
      if (awayMs !== undefined) return;
      awayMs = performance.now();
      context.note(`the database or the log is away (${reasonOf(error)}); trying again`);
    },
    isBack() {
      if (awayMs === undefined) return;
      context.note(`it is back after ${((performance.now() - awayMs) / 1000).toFixed(0)} s`);
      awayMs = undefined;
    },
  };
}

/** A refused connection to several addresses has no message of its own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || String((error as { code?: unknown }).code ?? error.name);
}
