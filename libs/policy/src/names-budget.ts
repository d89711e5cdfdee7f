import { type Policy, type ToolPolicy } from './policy.js';
import { type Problems, child } from './problems.js';

/** What the names of one call's limits may take in its event, in bytes: bounds the event whatever the policy. */
export const LIMIT_NAMES_BYTES_MAX = 8 * 1024;

const encoder = new TextEncoder();

/** A call's event names each of its limits by pointer and counter, and each counter once more in its identity. */
export function checkNamesBudget(policy: Policy, problems: Problems): void {
  const shared = bytesOf({ limits: policy.all_tools.limits }, '/all_tools');
  report('/all_tools', shared, problems);
  for (const [name, tool] of policy.tools) {
    const pointer = child('/tools', name);
    if (tool.limits.length > 0) report(pointer, shared + bytesOf(tool, pointer), problems);
  }
}

function bytesOf(tool: Pick<ToolPolicy, 'limits'>, pointer: string): number {
  return tool.limits.reduce((bytes, { counter }, i) => {
    const name = JSON.stringify(counter);
    return bytes + size(`${pointer}/limits/${i}`) + size(counter) + size(name);
  }, 0);
}

/** As a JSON string. */
function size(text: string): number {
  return encoder.encode(JSON.stringify(text)).length;
}

function report(pointer: string, bytes: number, problems: Problems): void {
  if (bytes <= LIMIT_NAMES_BYTES_MAX) return;
  problems.add(pointer, `${bytes} bytes of names in the limits that one call touches`, `at most ${LIMIT_NAMES_BYTES_MAX}: shorter counters, or fewer limits`);
}
