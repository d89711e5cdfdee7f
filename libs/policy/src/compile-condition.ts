import { JsonSet, equalJson } from './equal.js';
import type { ExactJson, ExactObject } from './exact-json.js';
import { Decimal, type ExactNumber, compareExact } from './exact-number.js';
import { ELEMENTS, type Path, parsePath, valueAt } from './path.js';
import type { PatternUse } from './pattern.js';
import type { Condition } from './policy.js';
import { substringSearch } from './substring.js';

/** What a condition says about the arguments of a call. */
export const FAILS = 0;
export const HOLDS = 1;
/** The argument is not there. */
export const MISSING = 2;
/** The argument is nothing that the operator can judge. */
export const WRONG_TYPE = 3;
/** A text that is too long for the tool's patterns: treated as one of the wrong type. From WRONG_TYPE on nothing is judged. */
export const TOO_LONG = 4;
export type Finding = typeof FAILS | typeof HOLDS | typeof MISSING | typeof WRONG_TYPE | typeof TOO_LONG;

export type Test = (value: ExactJson | undefined) => Finding;

/** Over the elements under a `*`: every one must hold, or one that holds is enough. */
export type Quantifier = 'every' | 'any';

/** Makes a condition ready for calls: its path, its value and its operator are looked at once. */
export function compileCondition(condition: Condition, quantifier: Quantifier, patterns: PatternUse): (args: ExactObject) => Finding {
  const path = parsePath(condition.path);
  if (path === undefined) throw new TypeError('a condition of a policy that was not read by parsePolicy');
  if (condition.op === 'regex') return patternTest(condition.value as string, path, quantifier, patterns);
  const test = operators[condition.op](condition.value);
  if (!path.hasElements) return (args) => test(valueAt(args, path));
  const nullIsMissing = condition.op === 'exists';
  return (args) => overElements(args, path, 0, quantifier, test, nullIsMissing);
}

/** What the condition's operator says to a value, whatever its path: for lint. Not for `regex`. */
export function operatorTest({ op, value }: Condition): Test | undefined {
  return op === 'regex' ? undefined : operators[op](value);
}

const operators = {
  eq: (value) => compares((found) => equalJson(found, value)),
  neq: (value) => compares((found) => !equalJson(found, value)),
  in: (value) => {
    const set = new JsonSet(value as readonly ExactJson[]);
    return compares((found) => set.has(found));
  },
  not_in: (value) => {
    const set = new JsonSet(value as readonly ExactJson[]);
    return compares((found) => !set.has(found));
  },
  lt: (value) => orders(value, (order) => order < 0),
  lte: (value) => orders(value, (order) => order <= 0),
  gt: (value) => orders(value, (order) => order > 0),
  gte: (value) => orders(value, (order) => order >= 0),
  exists: (value) => (found) => ((found !== undefined && found !== null) === value ? HOLDS : FAILS),
  contains,
} satisfies Record<Exclude<Condition['op'], 'regex'>, (value: ExactJson) => Test>;

function compares(holds: (found: ExactJson) => boolean): Test {
  return (found) => (found === undefined ? MISSING : holds(found) ? HOLDS : FAILS);
}

function orders(value: ExactJson, holds: (order: number) => boolean): Test {
  const bound = value as ExactNumber;
  return (found) => {
    if (typeof found === 'number' || found instanceof Decimal) return holds(compareExact(found, bound)) ? HOLDS : FAILS;
    return found === undefined ? MISSING : WRONG_TYPE;
  };
}

/** A part of a text, or an element of a list. */
function contains(value: ExactJson): Test {
  const includes = typeof value === 'string' ? substringSearch(value) : () => false;
  return (found) => {
    if (typeof found === 'string') return includes(found) ? HOLDS : FAILS;
    if (Array.isArray(found)) return found.some((element: ExactJson) => equalJson(element, value)) ? HOLDS : FAILS;
    return found === undefined ? MISSING : WRONG_TYPE;
  };
}

/** Counts the characters that it looks at, since the elements under a `*` are many texts. */
function patternTest(text: string, path: Path, quantifier: Quantifier, { compile, charactersMax }: PatternUse): (args: ExactObject) => Finding {
  const pattern = compile(text);
  let charactersLeft = 0;
  const test: Test = (found) => {
    if (typeof found !== 'string') return found === undefined ? MISSING : WRONG_TYPE;
    charactersLeft -= found.length;
    if (charactersLeft < 0) return TOO_LONG;
    return pattern.matches(found) ? HOLDS : FAILS;
  };
  return (args) => {
    charactersLeft = charactersMax;
    return path.hasElements ? overElements(args, path, 0, quantifier, test, false) : test(valueAt(args, path));
  };
}

/** An empty list counts as missing; what is there and no list is of the wrong type. */
function overElements(start: ExactJson | undefined, path: Path, from: number, quantifier: Quantifier, test: Test, nullIsMissing: boolean): Finding {
  // The path's steps up to the next `*`.
  const at = path.indexes.indexOf(ELEMENTS, from);
  const value = valueAt(start, path, from, at < 0 ? path.keys.length : at);
  if (at < 0 || value === undefined || (value === null && nullIsMissing)) return test(value);
  if (!Array.isArray(value)) return WRONG_TYPE;
  if (value.length === 0) return test(undefined);
  const isLast = at === path.keys.length - 1;
  let last: Finding = FAILS;
  for (let i = 0; i < value.length; i++) {
    last = isLast ? test(value[i]) : overElements(value[i], path, at + 1, quantifier, test, nullIsMissing);
    const holds = last === HOLDS;
    if (quantifier === 'every' ? !holds : holds || last >= WRONG_TYPE) return last;
  }
  return last;
}
