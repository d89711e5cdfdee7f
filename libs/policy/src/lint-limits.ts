import { compareExact, exactText } from './exact-number.js';
import { counterInDocument } from './counters.js';
import { type Limit, type Policy, SLIDING_ENTRIES_MAX, type ToolPolicy } from './policy.js';
import { type Problems, shorten } from './problems.js';
import type { Reading } from './reading.js';
import { windowInWords, windowKey } from './window.js';
import type { WrittenLimit } from './written.js';

/** Limits that may not count what their author thinks. */
export function lintLimits(policy: Policy, reading: Reading): void {
  const { problems, written } = reading;
  for (const { limit, pointer } of written.limits) {
    if (limit.max === 0) problems.warn(pointer, 'a `max` of 0 denies every call; `"action": "deny"` says so with a reason');
    if (limit.sliding && limit.increment_from !== undefined) {
      problems.warn(pointer, `a sliding window remembers ${SLIDING_ENTRIES_MAX} calls at most: one more is refused, however small its amount. A fixed window has no such bound`);
    }
  }
  lintShared(written.limits, problems);
  const { all_tools: allTools } = policy;
  for (const limit of allTools.limits) lintSession(limit, allTools.limits, reading);
  for (const tool of policy.tools.values()) {
    for (const limit of tool.limits) {
      lintSession(limit, [...tool.limits, ...allTools.limits], reading);
      lintUnreachable(limit, tool, policy, reading);
    }
  }
}

/** A limit that a caller escapes with another session id, and the one that bounds the same calls whatever they say. */
function lintSession(limit: Limit, besides: readonly Limit[], { problems, written }: Reading): void {
  if (limit.scope !== 'session') return;
  const bound = besides.find(({ scope, increment_from }) => scope !== 'session' && scope !== 'agent' && increment_from === limit.increment_from);
  const instead = bound === undefined ? 'Add a limit of scope `grant`' : `What stops one here is ${shorten(written.pointerOf(bound))}`;
  problems.warn(written.pointerOf(limit), `callers choose their session ids, so a limit of scope \`session\` shapes honest clients and stops no hostile one. ${instead}`);
}

/** Several places that add to one counter: meant by some, an accident of naming to others. */
function lintShared(limits: readonly WrittenLimit[], problems: Problems): void {
  const counters = new Map<string, WrittenLimit[]>();
  for (const one of limits) {
    const identity = counterInDocument(one.limit);
    const same = counters.get(identity);
    if (same === undefined) counters.set(identity, [one]);
    else same.push(one);
  }
  for (const same of counters.values()) {
    const [first] = same as [WrittenLimit];
    const place = toolOf(first.pointer);
    const elsewhere = same.filter(({ pointer }) => toolOf(pointer) !== place);
    const [other] = elsewhere;
    // Intercept's counters are named after their tool; one of all tools that a tool tests as well is written on purpose.
    if (other === undefined || first.limit.counter.startsWith('_global.')) continue;
    const more = elsewhere.length === 1 ? '' : ` and ${elsewhere.length - 1} more`;
    const counter = `\`${shorten(first.limit.counter)}\``;
    const odd = same.find(({ limit }) => limit.increment_from !== first.limit.increment_from);
    if (odd !== undefined) {
      problems.warn(odd.pointer, `the counter ${counter} is shared with ${shorten(first.pointer)}, but they do not add the same thing (${adds(odd.limit)}, ${adds(first.limit)}). Give one of them another name`);
      continue;
    }
    const whose = [first, other].find(({ pointer }) => pointer.startsWith('/all_tools'));
    const effect = whose === undefined ? 'calls of these tools count together' : 'calls of every tool count here, not only those of this one';
    problems.warn((first === whose ? other : first).pointer, `the counter ${counter} is shared with ${shorten((first === whose ? first : other).pointer)}${more}: ${effect}. If that is not meant, name it after its tool`);
  }
}

function adds({ increment_from }: Limit): string {
  return increment_from === undefined ? '1 a call' : shorten(increment_from);
}

/** `/tools/<name>` or `/all_tools`. */
function toolOf(pointer: string): string {
  return pointer.split('/').slice(0, pointer.startsWith('/tools/') ? 3 : 2).join('/');
}

/** A limit that another one over at least the same calls, in the same window, never lets be met. */
function lintUnreachable(limit: Limit, tool: ToolPolicy, policy: Policy, { problems, written }: Reading): void {
  const stricter = [...tool.limits.filter((other) => other.counter === limit.counter), ...policy.all_tools.limits].find((other) =>
    other !== limit && counts(other) === counts(limit) && compareExact(other.max, limit.max) < 0);
  if (stricter === undefined) return;
  problems.warn(written.pointerOf(limit), `this limit is never reached: ${shorten(written.pointerOf(stricter))} lets ${exactText(stricter.max)} pass ${windowInWords(stricter.window)}. Leave it out, or make it smaller`);
}

function counts({ scope, window, sliding, increment_from, refund }: Limit): string {
  return JSON.stringify([scope, windowKey(window), sliding, increment_from ?? '', refund]);
}
