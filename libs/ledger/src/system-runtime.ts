import { randomFillSync } from 'node:crypto';
import type { Runtime } from './resume-state.js';

/** Some 25 days: a timer that is set for longer would go off at once. */
const AFTER_MS_MAX = 2 ** 31 - 1;

/** The real machine's clocks, timers and randomness. */
export function systemRuntime(): Runtime {
  // Random bytes from a pool: a system call for each claim or call id would show on the decision path.
  const pool = Buffer.alloc(8192);
  let used = pool.length;
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after: (ms, callback) => {
      const timer = setTimeout(callback, Math.min(ms, AFTER_MS_MAX));
      return () => clearTimeout(timer);
    },
    randomHex: (bytes) => {
      if (bytes > pool.length) throw new RangeError(`randomHex: at most ${pool.length} bytes, not ${bytes}`);
      if (used + bytes > pool.length) {
        randomFillSync(pool);
        used = 0;
      }
      const hex = pool.toString('hex', used, used + bytes);
      pool.fill(0, used, used + bytes);
      used += bytes;
      return hex;
    },
  };
}
