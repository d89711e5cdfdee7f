import { compileGlob, isGlob, matchesGlob } from './glob.js';
import { type Limit, PER_TOOL_COUNTER, type Policy } from './policy.js';
import { type Problems, shorten } from './problems.js';
import { windowKey } from './window.js';
import type { Written } from './written.js';

const PER_TOOL = 'rate_limit:';

/** A counter's identity as far as a document fixes it (policy.md 3), under this name; the call adds the server and the scope's key. */
export function counterInDocument(limit: Limit, name = limit.counter): string {
  return JSON.stringify([limit.scope, name, windowKey(limit.window), limit.sliding]);
}

/** A call adds once to a counter, so all limits on one counter must mean the same by it. */
export function checkCounters(policy: Policy, written: Written, problems: Problems): void {
  const refunds = new Map<string, Limit>();
  const checkRefund = (limit: Limit, identity: string): void => {
    const known = refunds.get(identity);
    if (known === undefined) refunds.set(identity, limit);
    else if (known.refund.join() !== limit.refund.join()) {
      const same = `as ${shorten(written.pointerOf(known))} has on the same counter`;
      problems.add(written.pointerOf(limit), `a refund of ${JSON.stringify(limit.refund)}`, `${JSON.stringify(known.refund)}, ${same}`);
    }
  };
  for (const limit of policy.all_tools.limits) checkRefund(limit, counterInDocument(limit));
  for (const [name, tool] of policy.tools) {
    const nameOf = counterNames(name);
    const amounts = new Map<string, Limit>();
    for (const limit of policy.all_tools.limits) amounts.set(counterInDocument(limit, nameOf(limit)), limit);
    for (const limit of tool.limits) {
      const identity = counterInDocument(limit, nameOf(limit));
      checkRefund(limit, identity);
      const known = amounts.get(identity);
      if (known === undefined) amounts.set(identity, limit);
      else if (known.increment_from !== limit.increment_from) {
        const same = `as ${shorten(written.pointerOf(known))} has, since a call adds once to a counter; or another counter`;
        problems.add(written.pointerOf(limit), `a limit that adds ${adds(limit)}`, `one that adds ${adds(known)}, ${same}`);
      }
    }
  }
}

/** The names that counters have for calls of one entry: `rate_limit:{tool}` is the tool called, and so may be a literal name. */
function counterNames(entry: string): (limit: Limit) => string {
  if (!isGlob(entry)) return ({ counter }) => (counter === PER_TOOL_COUNTER ? PER_TOOL + entry : counter);
  const glob = compileGlob(entry);
  return ({ counter }) => (counter.startsWith(PER_TOOL) && matchesGlob(glob, counter.slice(PER_TOOL.length)) ? PER_TOOL_COUNTER : counter);
}

function adds(limit: Limit): string {
  return limit.increment_from === undefined ? '1 a call' : shorten(limit.increment_from);
}
