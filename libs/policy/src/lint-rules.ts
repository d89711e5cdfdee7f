import { contradiction } from './contradiction.js';
import { type Comparable, comparable, implies } from './implication.js';
import { patternUse } from './pattern.js';
import type { Condition, Rule, ToolPolicy } from './policy.js';
import { shorten } from './problems.js';
import type { Reading } from './reading.js';

type AnyRule = Pick<Rule, 'conditions'>;

/** Texts up to here should always be judged by a pattern, and not count as too long. */
const JUDGED_CHARACTERS_WANTED = 256 * 1024;

/** Rules that do not do what they seem to. */
export function lintRules(tool: ToolPolicy, reading: Reading): void {
  const { problems, written } = reading;
  for (const rule of tool.require) {
    const path = contradiction(rule.conditions);
    if (path !== undefined) problems.warn(written.pointerOf(rule), `every call is denied: no \`${shorten(path)}\` meets all of these conditions. Split them into rules of \`deny_if\` if any of them should deny`);
    for (const condition of rule.conditions) lintRequired(condition, reading);
  }
  for (const rule of [...tool.deny_if, ...tool.approve_if]) lintStrike(rule, reading);
  lintMissing(tool, reading);
  lintUnreachable(tool, reading);
  lintPatterns(tool, reading);
}

function lintStrike(rule: AnyRule, { problems, written }: Reading): void {
  const pointer = written.pointerOf(rule);
  // Under a `*` each condition binds an element of its own, so two of them contradict each other nowhere.
  const path = contradiction(rule.conditions.filter((condition) => isOfOneValue(condition) || isNever(condition)));
  if (path !== undefined) {
    const instead = 'If one of them is enough, write a rule for each';
    problems.warn(pointer, `this rule never matches a \`${shorten(path)}\` of the right type: no value meets all of its conditions. ${instead}`);
  }
}

/** Rules that a call slips past by leaving the argument out, where no other rule catches it. */
function lintMissing({ require, deny_if: denyIf, approve_if: approveIf }: ToolPolicy, { problems, written }: Reading): void {
  const unequal = ({ conditions }: AnyRule): Condition | undefined =>
    conditions.length === 1 ? conditions.find(({ op }) => op === 'neq' || op === 'not_in') : undefined;
  const isAbsence = (path: string) => (condition: Condition): boolean => condition.path === path && condition.op === 'exists' && condition.value === false;
  /** Whether one of these rules holds for every call without the argument. */
  const catches = (rules: readonly AnyRule[], path: string): boolean => rules.some(({ conditions }) => conditions.every(isAbsence(path)));
  const isDenied = (path: string): boolean =>
    catches(denyIf, path) || require.some(({ conditions }) => conditions.some((one) => one.path === path && !isAbsence(path)(one)));
  for (const rule of denyIf) {
    const only = unequal(rule);
    if (only === undefined || isDenied(only.path)) continue;
    const wanted = only.op === 'neq' ? 'eq' : 'in';
    problems.warn(written.pointerOf(rule), `a call without \`${shorten(only.path)}\` is not denied, since what is missing matches no condition. To deny it too, write a \`require\` with \`${wanted}\``);
  }
  for (const rule of approveIf) {
    const only = unequal(rule);
    if (only === undefined || isDenied(only.path) || catches(approveIf, only.path)) continue;
    problems.warn(written.pointerOf(rule), `nobody is asked about a call without \`${shorten(only.path)}\`, since what is missing matches no condition. To ask then too, add a rule with \`exists\` and \`false\``);
  }
}

function isOfOneValue({ path }: Condition): boolean {
  return !path.split('.').includes('*');
}

function isNever({ op, value }: Condition): boolean {
  return op === 'in' && Array.isArray(value) && value.length === 0;
}

function lintRequired(condition: Condition, { problems, written }: Reading): void {
  if (condition.op !== 'regex' || /^(\(\?[a-zA-Z]+\))?(\^|\\A)/.test(condition.value as string)) return;
  problems.warn(written.pointerOf(condition), `the pattern matches anywhere in \`${shorten(condition.path)}\`, so a text that only contains a match passes. Begin it with ^ and end it with $ to require the whole text`);
}

/** Rules that come too late. */
function lintUnreachable({ require, deny_if: denyIf, approve_if: approveIf }: ToolPolicy, { problems, written }: Reading): void {
  const known = new Map<AnyRule, readonly Comparable[]>();
  const conditionsOf = (rule: AnyRule): readonly Comparable[] => {
    let conditions = known.get(rule);
    if (conditions === undefined) known.set(rule, (conditions = rule.conditions.map(comparable)));
    return conditions;
  };
  /** Whether whatever meets all conditions of the narrow rule meets those of the wide one. */
  const isWithin = (narrow: AnyRule, wide: AnyRule, strikes: boolean): boolean =>
    conditionsOf(wide).every((one) => conditionsOf(narrow).some((other) => implies(other, one, strikes)));
  const late = <T extends AnyRule>(rules: readonly T[], covers: (earlier: T, later: T) => boolean, why: string): void => {
    rules.forEach((rule, i) => {
      const earlier = rules.slice(0, i).find((before) => covers(before, rule));
      if (earlier !== undefined) problems.warn(written.pointerOf(rule), `this rule is never reached: ${why} ${shorten(written.pointerOf(earlier))}. Leave it out, or put it first`);
    });
  };
  late(require, (earlier, later) => isWithin(earlier, later, false), 'what fails it fails');
  late(denyIf, (earlier, later) => isWithin(later, earlier, true), 'what it denies is denied by');
  // One that wants more people has its say wherever it stands: of all rules that ask, the most demanding counts.
  late(approveIf, (earlier, later) => later.approvals <= earlier.approvals && isWithin(later, earlier, true), 'what it asks for is asked for by');
  const required = require.flatMap(({ conditions }) => conditions).filter(isOfOneValue);
  // What contradicts itself is reported as that.
  if (contradiction(required) !== undefined) return;
  for (const rule of [...denyIf, ...approveIf]) {
    const own = rule.conditions.filter(isOfOneValue);
    const path = contradiction(own) === undefined ? contradiction([...own, ...required]) : undefined;
    if (path !== undefined) problems.warn(written.pointerOf(rule), `this rule is never reached: a \`${shorten(path)}\` that it matches is refused by \`require\` before. Leave out what is not meant`);
  }
  if (denyIf.some(({ conditions }) => conditions.length === 0)) return;
  for (const rule of approveIf) {
    const denial = denyIf.find((one) => isWithin(rule, one, true));
    if (denial !== undefined) problems.warn(written.pointerOf(rule), `nobody is ever asked: what this rule matches is denied by ${shorten(written.pointerOf(denial))}. Leave one of them out`);
  }
}

function lintPatterns(tool: ToolPolicy, { problems, written, patterns }: Reading): void {
  const { charactersMax } = patternUse(tool, patterns);
  if (charactersMax >= JUDGED_CHARACTERS_WANTED) return;
  problems.warn(written.pointerOf(tool), `a text of more than ${charactersMax} characters is too long for the patterns of this tool together, and counts as the wrong type. Use fewer or smaller patterns, above all smaller counts in {n,m}`);
}
