import { amountAt, oneCall } from './amount.js';
import { type RuleOutcome, compileRequirement, compileStrike } from './compile-rule.js';
import type { ExactObject } from './exact-json.js';
import type { ExactNumber } from './exact-number.js';
import { type Glob, compareGlobs, compileGlob, isGlob, matchesGlob } from './glob.js';
import { Patterns, patternUse } from './pattern.js';
import { pointerToken } from './pointer.js';
import { type Limit, type LimitScope, PER_TOOL_COUNTER, type Policy, type RefundOutcome, type ToolPolicy, type Window } from './policy.js';
import { windowKey, windowMs } from './window.js';

/** A limit, with what each call would otherwise compute again. */
export interface CompiledLimit {
  /** JSON pointer in the normalised document. */
  readonly pointer: string;
  readonly counter: string;
  /** The counter is one per tool called: its name is `rate_limit:` and the tool's. */
  readonly perTool: boolean;
  readonly scope: LimitScope;
  /** Its counter is shared by many grants and lives in another partition than theirs. */
  readonly isWider: boolean;
  readonly window: Window;
  readonly windowKey: string;
  readonly sliding: boolean;
  /** Length of the sliding window; undefined if it is fixed. */
  readonly slidingMs: number | undefined;
  /** The argument that a call adds, `args.<path>`; '' if it adds 1. */
  readonly incrementFrom: string;
  /** What a call with these arguments adds; undefined: `(invalid amount)`. */
  readonly amountOf: (args: ExactObject) => ExactNumber | undefined;
  readonly max: ExactNumber;
  readonly refund: readonly RefundOutcome[];
}

/** One rule, ready for calls. */
export interface CompiledRule {
  readonly pointer: string;
  /** The author's; undefined if there is none. */
  readonly message: string | undefined;
  /**
   * Of `require`: whether all conditions hold, where a missing argument or one of the wrong type does not. Of `deny_if` and
   * `approve_if`: whether the rule strikes, where one of the wrong type does.
   */
  readonly holds: (args: ExactObject) => RuleOutcome;
}

export interface CompiledApproval extends CompiledRule {
  readonly timeoutMs: number;
  readonly approvals: number;
}

/** The one entry that applies to a call. */
export interface CompiledTool {
  /** Its JSON pointer; '' for a tool that `default: allow` lets through. */
  readonly pointer: string;
  readonly require: readonly CompiledRule[];
  readonly denyIf: readonly CompiledRule[];
  readonly approveIf: readonly CompiledApproval[];
  /** The tool's, then those of all tools. */
  readonly limits: readonly CompiledLimit[];
  /** One of them is of a wider scope than a grant. */
  readonly hasWider: boolean;
}

/** A policy made ready for calls. Immutable; made from the normalised document alone. */
export interface CompiledPolicy {
  readonly hidesAll: boolean;
  readonly hidden: ReadonlySet<string>;
  readonly exact: ReadonlyMap<string, CompiledTool>;
  /** In the order in which they are tried. */
  readonly globs: readonly { readonly glob: Glob; readonly tool: CompiledTool }[];
  /** What holds for a tool that no entry names; undefined if the default is to deny. */
  readonly unlisted: CompiledTool | undefined;
}

export function compilePolicy(policy: Policy): CompiledPolicy {
  const shared = policy.all_tools.limits.map((limit, i) => compileLimit(limit, `/all_tools/limits/${i}`));
  const exact = new Map<string, CompiledTool>();
  const patterns = new Patterns();
  const globs: string[] = [];
  const compiled = new Map<string, CompiledTool>();
  for (const [name, tool] of policy.tools) {
    const entry = compileTool(name, tool, shared, patterns);
    compiled.set(name, entry);
    if (isGlob(name)) globs.push(name);
    else exact.set(name, entry);
  }
  return {
    hidesAll: policy.hide.includes('*'),
    hidden: new Set(policy.hide),
    exact,
    globs: globs.sort(compareGlobs).map((pattern) => ({ glob: compileGlob(pattern), tool: compiled.get(pattern) as CompiledTool })),
    unlisted: policy.default === 'allow' ? { pointer: '', require: [], denyIf: [], approveIf: [], limits: shared, hasWider: shared.some(isWider) } : undefined,
  };
}

function compileTool(name: string, tool: ToolPolicy, shared: readonly CompiledLimit[], patterns: Patterns): CompiledTool {
  const use = patternUse(tool, patterns);
  const pointer = `/tools/${pointerToken(name)}`;
  const limits = [...tool.limits.map((limit, i) => compileLimit(limit, `${pointer}/limits/${i}`)), ...shared];
  return {
    pointer,
    require: tool.require.map((rule, i) => ({
      pointer: `${pointer}/require/${i}`, message: rule.on_deny, holds: compileRequirement(rule.conditions, use),
    })),
    denyIf: tool.deny_if.map((rule, i) => ({
      pointer: `${pointer}/deny_if/${i}`, message: rule.on_deny, holds: compileStrike(rule.conditions, use),
    })),
    approveIf: tool.approve_if.map((rule, i) => ({
      pointer: `${pointer}/approve_if/${i}`, message: rule.message, holds: compileStrike(rule.conditions, use),
      timeoutMs: rule.timeoutMs, approvals: rule.approvals,
    })),
    limits,
    hasWider: limits.some(isWider),
  };
}

function compileLimit(limit: Limit, pointer: string): CompiledLimit {
  const { counter, scope, window, sliding, max, increment_from, refund } = limit;
  return {
    pointer, counter, perTool: counter === PER_TOOL_COUNTER, scope, isWider: scope === 'server' || scope === 'organisation', window, windowKey: windowKey(window), sliding,
    slidingMs: sliding ? windowMs(window) : undefined,
    incrementFrom: increment_from ?? '', amountOf: increment_from === undefined ? oneCall : amountAt(increment_from), max, refund,
  };
}

function isWider(limit: CompiledLimit): boolean {
  return limit.isWider;
}

/** Whether some limit is of a wider scope than a grant. */
export function hasWiderLimits({ exact, globs, unlisted }: CompiledPolicy): boolean {
  return [...exact.values(), ...globs.map(({ tool }) => tool), ...(unlisted === undefined ? [] : [unlisted])].some(({ hasWider }) => hasWider);
}

/** The same policy for a state that holds all grants and all counters at once: wider limits are judged in one step with the others. */
export function forOneState(policy: CompiledPolicy): CompiledPolicy {
  const flat = (tool: CompiledTool): CompiledTool => ({ ...tool, hasWider: false });
  const { exact, globs, unlisted } = policy;
  return {
    ...policy, exact: new Map(Array.from(exact, ([name, tool]) => [name, flat(tool)])), globs: globs.map(({ glob, tool }) => ({ glob, tool: flat(tool) })), unlisted: unlisted && flat(unlisted),
  };
}

/** Whether `hide` hides this tool: it beats everything else. */
export function isHidden(policy: CompiledPolicy, tool: string): boolean {
  return policy.hidesAll || policy.hidden.has(tool);
}

/** The entry that applies: the exact name, else the glob with most literal characters, else the default. */
export function entryFor(policy: CompiledPolicy, tool: string): CompiledTool | undefined {
  const exact = policy.exact.get(tool);
  if (exact !== undefined) return exact;
  for (const { glob, tool: entry } of policy.globs) if (matchesGlob(glob, tool)) return entry;
  return policy.unlisted;
}
