import type { ExactNumber } from './exact-number.js';
import { type Glob, compareGlobs, compileGlob, isGlob, matchesGlob } from './glob.js';
import { pointerToken } from './pointer.js';
import { type Limit, type LimitScope, PER_TOOL_COUNTER, type Policy, type RefundOutcome, type ToolPolicy, type Window } from './policy.js';
import { windowKey } from './window.js';

/** A limit, with what each call would otherwise compute again. */
export interface CompiledLimit {
  /** JSON pointer in the normalised document. */
  readonly pointer: string;
  readonly counter: string;
  /** The counter is one per tool called: its name is `rate_limit:` and the tool's. */
  readonly perTool: boolean;
  readonly scope: LimitScope;
  readonly window: Window;
  readonly windowKey: string;
  readonly max: ExactNumber;
  readonly refund: readonly RefundOutcome[];
}

/** The first of a tool's rules that holds for every call. */
export interface CompiledDenial {
  readonly pointer: string;
  readonly message: string | undefined;
}

/** The one entry that applies to a call. */
export interface CompiledTool {
  /** Its JSON pointer; '' for a tool that `default: allow` lets through. */
  readonly pointer: string;
  readonly denyIf: readonly CompiledDenial[];
  /** The tool's, then those of all tools. */
  readonly limits: readonly CompiledLimit[];
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
  const patterns: string[] = [];
  const compiled = new Map<string, CompiledTool>();
  for (const [name, tool] of policy.tools) {
    const entry = compileTool(name, tool, shared);
    compiled.set(name, entry);
    if (isGlob(name)) patterns.push(name);
    else exact.set(name, entry);
  }
  return {
    hidesAll: policy.hide.includes('*'),
    hidden: new Set(policy.hide),
    exact,
    globs: patterns.sort(compareGlobs).map((pattern) => ({ glob: compileGlob(pattern), tool: compiled.get(pattern) as CompiledTool })),
    unlisted: policy.default === 'allow' ? { pointer: '', denyIf: [], limits: shared } : undefined,
  };
}

function compileTool(name: string, tool: ToolPolicy, shared: readonly CompiledLimit[]): CompiledTool {
  const pointer = `/tools/${pointerToken(name)}`;
  return {
    pointer,
    denyIf: tool.deny_if.map((rule, i) => ({ pointer: `${pointer}/deny_if/${i}`, message: rule.on_deny })),
    limits: [...tool.limits.map((limit, i) => compileLimit(limit, `${pointer}/limits/${i}`)), ...shared],
  };
}

function compileLimit(limit: Limit, pointer: string): CompiledLimit {
  const { counter, scope, window, max, refund } = limit;
  return { pointer, counter, perTool: counter === PER_TOOL_COUNTER, scope, window, windowKey: windowKey(window), max, refund };
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
