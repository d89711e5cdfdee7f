/** PURE: policy documents (policy.md) and the exact JSON that they and the calls' arguments are written in. */
export { canonicalJson } from './canonical-json.js';
export { type CompiledDenial, type CompiledLimit, type CompiledPolicy, type CompiledTool, compilePolicy, entryFor, isHidden } from './compile.js';
export { ARGUMENT_LIMITS, type ExactJson, type ExactJsonLimits, type ExactObject, parseExactJson } from './exact-json.js';
export { ExactJsonError, type ExactJsonProblem } from './exact-json-error.js';
export { Decimal, type ExactNumber, addExact, compareExact, exactText, parseExactNumber, subtractExact } from './exact-number.js';
export { LIMIT_NAMES_BYTES_MAX } from './names-budget.js';
export { type ParsedPolicy, parsePolicy } from './parse-policy.js';
export { canonicalPolicyText } from './policy-text.js';
export { LIMITS_PER_TOOL_MAX, MESSAGE_LENGTH_MAX } from './policy.js';
export type { AllTools, DenyRule, Limit, LimitScope, Policy, RefundOutcome, ToolPolicy, Window } from './policy.js';
export type { PolicyNote, PolicyProblem } from './problems.js';
export { windowEndMs, windowInWords, windowKey } from './window.js';
