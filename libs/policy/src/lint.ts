import type { Policy } from './policy.js';
import { child } from './problems.js';
import type { Reading } from './reading.js';

/** What is allowed and may still not be what the author means. Pointers are those of the document as it was written. */
export function lint(policy: Policy, { problems, written }: Reading): void {
  const hidden = new Set(policy.hide);
  for (const [name, tool] of policy.tools) {
    const pointer = child('/tools', name);
    if (policy.default === 'deny' && /^\*+$/.test(name)) {
      problems.warn(pointer, '`default: deny` has no effect: this entry applies to every tool that no other entry names');
    }
    if (hidden.has(name)) problems.warn(pointer, 'this tool is hidden, so nothing in this entry applies: `hide` beats `tools`');
    if (tool.deny_if.length > 0 && tool.limits.length > 0) {
      problems.warn(pointer, 'every call of this tool is denied, so its limits are never reached');
    }
  }
  if (hidden.has('*')) problems.warn('/hide', 'every tool is hidden: no call is allowed');
  for (const { limit, pointer } of written.limits) {
    if (limit.max === 0) problems.warn(pointer, 'a `max` of 0 denies every call');
    if (limit.scope === 'session') {
      problems.warn(pointer, 'callers choose their session ids, so a limit of scope `session` shapes honest clients and stops no hostile one');
    }
  }
}
