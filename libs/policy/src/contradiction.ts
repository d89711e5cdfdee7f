import { HOLDS, type Test, WRONG_TYPE, operatorTest } from './compile-condition.js';
import type { ExactJson } from './exact-json.js';
import { type ExactNumber, compareExact } from './exact-number.js';
import type { Condition } from './policy.js';

/**
 * For lint: whether no value of the right type meets all of these conditions together, and for which path. Sound, not
 * complete: what it finds is a contradiction, but it does not look into patterns and `contains`.
 */
export function contradiction(conditions: readonly Condition[]): string | undefined {
  const paths = new Map<string, Condition[]>();
  for (const condition of conditions) {
    const same = paths.get(condition.path);
    if (same === undefined) paths.set(condition.path, [condition]);
    else same.push(condition);
  }
  for (const [path, same] of paths) if (contradict(same)) return path;
  return undefined;
}

function contradict(conditions: readonly Condition[]): boolean {
  const named = candidates(conditions);
  if (named !== undefined) {
    const tests = conditions.map(operatorTest).filter((test) => test !== undefined);
    return !named.some((value) => tests.every((test) => passes(test, value)));
  }
  const absent = conditions.some(({ op, value }) => op === 'exists' && value === false);
  if (absent && conditions.some(({ op, value }) => op === 'exists' && value === true)) return true;
  return isEmptyRange(conditions);
}

/** The only values that can meet them, if one of them names values. */
function candidates(conditions: readonly Condition[]): readonly ExactJson[] | undefined {
  const naming = conditions.find(({ op }) => op === 'eq' || op === 'in');
  return naming?.op === 'eq' ? [naming.value] : (naming?.value as readonly ExactJson[] | undefined);
}

/** A value of the wrong type may strike, so it is none that contradicts. */
function passes(test: Test, value: ExactJson): boolean {
  const finding = test(value);
  return finding === HOLDS || finding === WRONG_TYPE;
}

/** Whether `gt`, `gte`, `lt` and `lte` leave no number. */
function isEmptyRange(conditions: readonly Condition[]): boolean {
  for (const low of conditions) {
    for (const high of conditions) {
      if (!low.op.startsWith('g') || !high.op.startsWith('l')) continue;
      const order = compareExact(low.value as ExactNumber, high.value as ExactNumber);
      if (order > 0 || (order === 0 && (low.op === 'gt' || high.op === 'lt'))) return true;
    }
  }
  return false;
}
