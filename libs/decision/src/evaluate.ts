import { type CompiledPolicy, type CompiledTool, entryFor, exactText, isHidden, windowInWords } from '#policy';
import { type LimitedCall, judgeLimits } from './limits.js';
import type { Charge, LimitReading, Step, Verdict } from './model.js';
import type { DecisionState } from './state.js';

/** What the policy says about a call. */
export interface Evaluation {
  readonly verdict: Verdict;
  /** JSON pointer in the normalised policy, a word in parentheses, or '' for ALLOW. */
  readonly rule: string;
  readonly message: string;
  readonly retry_after_ms: number | null;
  readonly limits: readonly LimitReading[];
  readonly charges: readonly Charge[];
  readonly steps: readonly Step[];
}

export interface EvaluatedCall extends LimitedCall {
  readonly arguments_invalid: boolean;
  /** False if it continues a call that was charged already. */
  readonly charged: boolean;
}

/** The messages of refusals that no rule of the policy explains. They never repeat an argument's value. */
const MESSAGES = {
  '(no policy)': 'No policy is attached to this grant, so no tool may be called.',
  '(hidden)': 'There is no such tool.',
  '(default deny)': 'The policy does not allow this tool.',
  '(invalid arguments)': 'The arguments are not a JSON object.',
} as const;

type Steps = Step[];

/** The order of policy.md 2 from its second step on; `policy` undefined: the grant has none. First refusal wins. */
export function evaluate(state: DecisionState, policy: CompiledPolicy | undefined, call: EvaluatedCall, nowMs: number): Evaluation {
  const steps: Steps = [];
  if (policy === undefined) return refuse('(no policy)', steps);
  if (isHidden(policy, call.tool)) return refuse('(hidden)', steps);
  const entry = entryFor(policy, call.tool);
  if (entry === undefined) return refuse('(default deny)', steps);
  if (call.arguments_invalid) return refuse('(invalid arguments)', steps);
  if (entry.pointer !== '') steps.push({ rule: entry.pointer, outcome: 'applies', because: '' });
  const denial = entry.denyIf[0];
  if (denial !== undefined) return deny(denial.pointer, denial.message ?? 'The policy denies this tool.', steps);
  return limit(state, entry, call, nowMs, steps);
}

function refuse(rule: keyof typeof MESSAGES, steps: Steps): Evaluation {
  return deny(rule, MESSAGES[rule], steps);
}

function deny(rule: string, message: string, steps: Steps, limits: readonly LimitReading[] = []): Evaluation {
  steps.push({ rule, outcome: 'denies', because: '' });
  return { verdict: 'DENY', rule, message, retry_after_ms: null, limits, charges: [], steps };
}

function limit(state: DecisionState, entry: CompiledTool, call: EvaluatedCall, nowMs: number, steps: Steps): Evaluation {
  const { readings, charges, impossible, exceeded, retryAtMs } = judgeLimits(state, entry, call, nowMs, call.charged);
  for (const { rule, refused } of readings) steps.push({ rule, outcome: refused ? 'refuses' : 'passes', because: '' });
  if (impossible !== undefined) {
    const message = `This call can never pass the limit of ${exactText(impossible.max)} ${windowInWords(impossible.window)}.`;
    return deny(impossible.pointer, message, steps, readings);
  }
  if (exceeded === undefined) return { verdict: 'ALLOW', rule: '', message: '', retry_after_ms: null, limits: readings, charges, steps };
  const waitMs = retryAtMs - nowMs;
  const message = `The limit of ${exactText(exceeded.max)} ${windowInWords(exceeded.window)} is used up. Try again in ${inWords(waitMs)}.`;
  return { verdict: 'RATE_LIMITED', rule: exceeded.pointer, message, retry_after_ms: waitMs, limits: readings, charges, steps };
}

function inWords(waitMs: number): string {
  const seconds = Math.ceil(waitMs / 1_000);
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
