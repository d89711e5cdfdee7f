import { AMOUNT_DECIMALS_MAX, type CompiledLimit, type CompiledPolicy, type CompiledRule, type CompiledTool, entryFor, exactText, isHidden, windowInWords } from '#policy';
import { type Asking, askForApproval } from './ask-approval.js';
import { type LimitedCall, judgeLimits } from './limits.js';
import type { CallApproval, Charge, LimitReading, ScopeAsk, Step, Verdict } from './model.js';
import type { DecisionState } from './state.js';
import { judgeWithWider } from './wider-limits.js';

/** What the policy says about a call. */
export interface Evaluation {
  readonly verdict: Verdict;
  /** JSON pointer in the normalised policy, a word in parentheses, or '' for ALLOW. */
  readonly rule: string;
  readonly message: string;
  readonly retry_after_ms: number | null;
  readonly limits: readonly LimitReading[];
  readonly charges: readonly Charge[];
  /** What it does to an approval, if it is enforced. */
  readonly approval: CallApproval | null;
  /** What has to be asked of a wider scope before there is a verdict; then the rest says nothing. */
  readonly ask?: { readonly ask: ScopeAsk; readonly room: number };
}

export interface EvaluatedCall extends LimitedCall, Asking {
  readonly arguments_invalid: boolean;
  /** False if it continues a call that was charged already. */
  readonly charged: boolean;
  /** Nothing is charged: a dry run. */
  readonly trial: boolean;
}

/** The messages of refusals that no rule of the policy explains. They never repeat an argument's value. */
const MESSAGES = {
  '(no policy)': 'No policy is attached to this grant, so no tool may be called.',
  '(hidden)': 'There is no such tool.',
  '(default deny)': 'The policy does not allow this tool.',
  '(invalid arguments)': 'The arguments are not a JSON object.',
  '(approval denied)': 'The approval of this call was denied.',
} as const;
const REQUIRE_MESSAGE = 'The policy does not allow this tool with these arguments.';
const DENY_IF_MESSAGE = 'The policy denies this tool.';
const DENY_IF_ARGUMENTS_MESSAGE = 'The policy denies this tool with these arguments.';

/**
 * The order of policy.md 2 from its second step on; `policy` undefined: the grant has none. First refusal wins. `steps`
 * receives every step taken, if the caller wants to know.
 */
export function evaluate(state: DecisionState, policy: CompiledPolicy | undefined, call: EvaluatedCall, nowMs: number, steps?: Step[]): Evaluation {
  if (policy === undefined) return refuse('(no policy)', steps);
  step(steps, '(no policy)', 'passes');
  if (isHidden(policy, call.tool)) return refuse('(hidden)', steps);
  step(steps, '(hidden)', 'passes');
  const entry = entryFor(policy, call.tool);
  if (entry === undefined) return refuse('(default deny)', steps);
  step(steps, entry.pointer === '' ? '(default allow)' : entry.pointer, 'applies');
  if (call.arguments_invalid) return refuse('(invalid arguments)', steps);
  const { require, denyIf } = entry;
  for (let i = 0; i < require.length; i++) {
    const rule = require[i] as CompiledRule;
    const { holds, because } = rule.holds(call.args);
    if (!holds) return deny(rule.pointer, rule.message ?? REQUIRE_MESSAGE, steps, because);
    step(steps, rule.pointer, 'passes', because);
  }
  for (let i = 0; i < denyIf.length; i++) {
    const rule = denyIf[i] as CompiledRule;
    const { holds, because } = rule.holds(call.args);
    if (holds) return deny(rule.pointer, rule.message ?? (because === undefined ? DENY_IF_MESSAGE : DENY_IF_ARGUMENTS_MESSAGE), steps, because);
    step(steps, rule.pointer, 'passes', because);
  }
  const asked = entry.approveIf.length === 0 ? null : askForApproval(state, entry.approveIf, call, nowMs, steps);
  if (asked === null) return limit(state, entry, call, nowMs, steps, null);
  switch (asked.action) {
    case 'denied': return { ...refuse('(approval denied)', steps), approval: asked.approval };
    case 'redeemed': return limit(state, entry, call, nowMs, steps, asked.approval);
    default: return { verdict: 'APPROVAL_REQUIRED', rule: asked.rule, message: asked.message, retry_after_ms: null, limits: [], charges: [], approval: asked.approval };
  }
}

function step(steps: Step[] | undefined, rule: string, outcome: Step['outcome'], because = ''): void {
  if (steps !== undefined) steps.push({ rule, outcome, because });
}

function refuse(rule: keyof typeof MESSAGES, steps: Step[] | undefined): Evaluation {
  return deny(rule, MESSAGES[rule], steps);
}

function deny(rule: string, message: string, steps: Step[] | undefined, because?: string, limits: readonly LimitReading[] = []): Evaluation {
  step(steps, rule, 'denies', because);
  return { verdict: 'DENY', rule, message, retry_after_ms: null, limits, charges: [], approval: null };
}

/** `approval`: what it does to one if it passes. */
function limit(
  state: DecisionState, entry: CompiledTool, call: EvaluatedCall, nowMs: number, steps: Step[] | undefined, approval: CallApproval | null,
): Evaluation {
  const ruling = entry.hasWider ? judgeWithWider(state, entry, call, nowMs, call.charged, call.trial) : judgeLimits(state, entry, call, nowMs, call.charged);
  const { readings, charges, impossible, exceeded, slowest, retryAtMs, ask, room } = ruling;
  if (ask !== undefined) return { ...UNDECIDED, ask: { ask, room } };
  if (steps !== undefined) for (const { rule, refused } of readings) step(steps, rule, refused ? 'refuses' : 'passes');
  if (impossible !== undefined) {
    const { limit: one, isInvalid } = impossible;
    if (isInvalid) return deny('(invalid amount)', invalidAmount(one), steps, '', readings);
    return deny(one.pointer, `This call can never pass the limit of ${exactText(one.max)} ${windowInWords(one.window)}.`, steps, '', readings);
  }
  if (exceeded === undefined) return { verdict: 'ALLOW', rule: '', message: '', retry_after_ms: null, limits: readings, charges, approval };
  const waitMs = retryAtMs - nowMs;
  // The rule is the first limit that refuses; what the wait is for is the slowest one.
  const { max, window, incrementFrom } = slowest ?? exceeded;
  const why = incrementFrom === '' ? 'is used up' : 'has not enough left for this call';
  const message = `The limit of ${exactText(max)} ${windowInWords(window)} ${why}. Try again in ${inWords(waitMs)}.`;
  return { verdict: 'RATE_LIMITED', rule: exceeded.pointer, message, retry_after_ms: waitMs, limits: readings, charges, approval: null };
}

const UNDECIDED: Evaluation = { verdict: 'DENY', rule: '', message: '', retry_after_ms: null, limits: [], charges: [], approval: null };

function invalidAmount({ incrementFrom }: CompiledLimit): string {
  return `\`${incrementFrom}\` is counted and must be a number from 0 to 1000000000000000 with at most ${AMOUNT_DECIMALS_MAX} decimals.`;
}

function inWords(waitMs: number): string {
  const seconds = Math.ceil(waitMs / 1_000);
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
