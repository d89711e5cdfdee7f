import { canonicalJson } from './canonical-json.js';
import { HOLDS, type Test, WRONG_TYPE, operatorTest } from './compile-condition.js';
import type { ExactJson } from './exact-json.js';
import { type ExactNumber, compareExact } from './exact-number.js';
import type { Condition } from './policy.js';

/** Longer lists are compared as they stand: lint looks at every pair of a tool's conditions. */
const VALUES_LOOKED_AT_MAX = 20;

/** A condition, with what comparing it to others needs. */
export interface Comparable {
  readonly condition: Condition;
  readonly text: string;
  readonly test: Test | undefined;
}

export function comparable(condition: Condition): Comparable {
  const { path, op, value } = condition;
  return { condition, text: canonicalJson([path, op, value]), test: operatorTest(condition) };
}

/**
 * For lint: whether whatever meets the narrow condition meets the wide one. Sound, not complete: equal conditions, bounds
 * (`gt 20` and `gt 10`), and named values that the wide one lets pass. `strikes`: a wrong type counts as meeting it.
 */
export function implies(narrow: Comparable, wide: Comparable, strikes: boolean): boolean {
  if (narrow.text === wide.text) return true;
  const { path, op, value } = narrow.condition;
  if (path !== wide.condition.path || !isComparison(wide.condition)) return false;
  if (isBound(narrow.condition)) return isBound(wide.condition) && isWithinBound(narrow.condition, wide.condition);
  const named = op === 'eq' ? [value] : op === 'in' ? (value as readonly ExactJson[]) : [];
  return named.length > 0 && named.length <= VALUES_LOOKED_AT_MAX && named.every((one) => {
    const finding = wide.test?.(one);
    return finding === HOLDS || (strikes && finding === WRONG_TYPE);
  });
}

/** Operators to which a value that is there is never the same as one that is missing. */
function isComparison({ op }: Condition): boolean {
  return op === 'eq' || op === 'in' || op.startsWith('g') || op.startsWith('l');
}

function isBound({ op }: Condition): boolean {
  return op.startsWith('g') || op.startsWith('l');
}

function isWithinBound(narrow: Condition, wide: Condition): boolean {
  if (narrow.op[0] !== wide.op[0]) return false;
  const order = compareExact(narrow.value as ExactNumber, wide.value as ExactNumber);
  if (order === 0) return narrow.op === wide.op || wide.op.endsWith('e');
  return narrow.op.startsWith('g') ? order > 0 : order < 0;
}
