import type { Limit } from './policy.js';
import { type Problems, shorten } from './problems.js';
import type { WrittenLimit } from './read-tool.js';
import { windowKey } from './window.js';

/** A counter's identity as far as a document fixes it (policy.md 3); the call adds the server and the scope's key. */
export function counterInDocument(limit: Limit): string {
  return JSON.stringify([limit.scope, limit.counter, windowKey(limit.window)]);
}

/** A call adds once to a counter, so all limits on one counter must mean the same by it. */
export function checkCounters(limits: readonly WrittenLimit[], problems: Problems): void {
  const first = new Map<string, WrittenLimit>();
  for (const written of limits) {
    const identity = counterInDocument(written.limit);
    const known = first.get(identity);
    if (known === undefined) first.set(identity, written);
    else if (known.limit.refund.join() !== written.limit.refund.join()) {
      problems.add(
        written.pointer,
        `a refund of ${JSON.stringify(written.limit.refund)}`,
        `${JSON.stringify(known.limit.refund)}, as ${shorten(known.pointer)} has on the same counter`,
      );
    }
  }
}
