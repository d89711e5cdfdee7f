/** PURE: policy documents (policy.md) and the exact JSON that they and the calls' arguments are written in. */
export { canonicalJson } from './canonical-json.js';
export {
  type CompiledApproval, type CompiledLimit, type CompiledPolicy, type CompiledRule, type CompiledTool, compilePolicy, entryFor, isHidden,
} from './compile.js';
export type { RuleOutcome } from './compile-rule.js';
export { forOneState, hasWiderLimits } from './compile.js';
export { ARGUMENT_LIMITS, type ExactJson, type ExactJsonLimits, type ExactObject, parseExactJson } from './exact-json.js';
export { ExactJsonError, type ExactJsonProblem } from './exact-json-error.js';
export { Decimal, type ExactNumber, addExact, compareExact, exactText, parseExactNumber, subtractExact } from './exact-number.js';
export { LIMIT_NAMES_BYTES_MAX } from './names-budget.js';
export { type ParsedPolicy, parsePolicy } from './parse-policy.js';
export { canonicalPolicyText } from './policy-text.js';
export { AMOUNT_DECIMALS_MAX, APPROVALS_MAX, APPROVAL_TIMEOUT_MAX_MS, LIMITS_PER_TOOL_MAX, LIMIT_SCOPES, MESSAGE_LENGTH_MAX, REFUND_OUTCOMES, RULES_PER_TOOL_MAX, SLIDING_ENTRIES_MAX, WIDER_SCOPES } from './policy.js';
export type { AllTools, ApprovalRule, Condition, Limit, LimitScope, Operator, Policy, RefundOutcome, Rule, ToolPolicy, WiderScope, Window } from './policy.js';
export type { PolicyNote, PolicyProblem } from './problems.js';
export { windowEndMs, windowInWords, windowKey, windowMs, windowOfKey } from './window.js';
