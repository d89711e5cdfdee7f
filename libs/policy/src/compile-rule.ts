import { FAILS, type Finding, HOLDS, MISSING, TOO_LONG, WRONG_TYPE, compileCondition } from './compile-condition.js';
import type { ExactObject } from './exact-json.js';
import type { PatternUse } from './pattern.js';
import type { Condition } from './policy.js';

/** Whether a rule holds for a call, and why; one of a few constants made when the rule was compiled. */
export interface RuleOutcome {
  readonly holds: boolean;
  /** The condition that decided it, such as `args.amount: wrong type`; never an argument's value. Undefined if none did. */
  readonly because: string | undefined;
}

/** One condition, and what there is to say of it. */
interface Prepared {
  readonly find: (args: ExactObject) => Finding;
  /** By finding: that the rule does not hold on account of this condition. */
  readonly failed: readonly RuleOutcome[];
  /** By finding, from WRONG_TYPE on: that the rule strikes since this argument cannot be judged. */
  readonly unjudged: readonly RuleOutcome[];
}

const BECAUSE_LENGTH_MAX = 200;
const TOO_LONG_TEXT = 'too long for the patterns of this tool';

/** A rule of `require`: all conditions must hold. What is missing or of the wrong type does not hold. */
export function compileRequirement(conditions: readonly Condition[], patterns: PatternUse): (args: ExactObject) => RuleOutcome {
  const prepared = conditions.map((condition) => prepare(condition, 'every', patterns));
  const met: RuleOutcome = { holds: true, because: undefined };
  return (args) => {
    for (let i = 0; i < prepared.length; i++) {
      const { find, failed } = prepared[i] as Prepared;
      const finding = find(args);
      if (finding !== HOLDS) return failed[finding] as RuleOutcome;
    }
    return met;
  };
}

/** A rule of `deny_if` or `approve_if`: strikes if all conditions hold, where one of the wrong type counts as holding. */
export function compileStrike(conditions: readonly Condition[], patterns: PatternUse): (args: ExactObject) => RuleOutcome {
  const prepared = conditions.map((condition) => prepare(condition, 'any', patterns));
  const because = conditions.map(({ path, op }) => `${path}: ${op}`).join(', ');
  const strikes: RuleOutcome = { holds: true, because: because === '' ? undefined : shown(because) };
  return (args) => {
    let outcome = strikes;
    for (let i = 0; i < prepared.length; i++) {
      const { find, failed, unjudged } = prepared[i] as Prepared;
      const finding = find(args);
      if (finding >= WRONG_TYPE) {
        if (outcome === strikes) outcome = unjudged[finding] as RuleOutcome;
      } else if (finding !== HOLDS) return failed[finding] as RuleOutcome;
    }
    return outcome;
  };
}

function prepare(condition: Condition, quantifier: 'every' | 'any', patterns: PatternUse): Prepared {
  const says = (holds: boolean, what: string): RuleOutcome => ({ holds, because: shown(`${condition.path}: ${what}`) });
  const failed: RuleOutcome[] = [];
  failed[FAILS] = says(false, condition.op);
  failed[HOLDS] = says(true, condition.op);
  failed[MISSING] = says(false, 'missing');
  const unjudged: RuleOutcome[] = [];
  for (const [finding, what] of [[WRONG_TYPE, 'wrong type'], [TOO_LONG, TOO_LONG_TEXT]] as const) {
    failed[finding] = says(false, what);
    unjudged[finding] = says(true, what);
  }
  return { find: compileCondition(condition, quantifier, patterns), failed, unjudged };
}

function shown(text: string): string {
  return text.length <= BECAUSE_LENGTH_MAX ? text : `${text.slice(0, BECAUSE_LENGTH_MAX).toWellFormed()}…`;
}
