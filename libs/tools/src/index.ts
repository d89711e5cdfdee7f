/** PURE: definitions of MCP tools: what is pinned of them, how they differ, and how dangerous they are. */
export { classifyTools } from './classify.js';
export { DEFINITION_BYTES_MAX, HASH_FORMULA, INSTRUCTIONS_BYTES_MAX, REPORT_BYTES_MAX, TOOLS_MAX, hashInput, readDefinition, readInstructions, type ToolDefinition } from './definition.js';
export { diffDefinitions, type FieldChange } from './diff.js';
export { NORMALISER_PATTERN_CHARS_MAX, NORMALISER_RULES_MAX, patternProblem, sameButForChurn, type NormaliserRule } from './normaliser.js';
export { pinState, type PinState } from './pin-state.js';
export { recommendPolicy, type RatedTool } from './recommend.js';
export { RISK_CLASSES, RISK_RULES_VERSION, SEVERITY_OF, type Evidence, type Finding, type RiskAssessment, type RiskClass, type Severity } from './risk.js';
export { invisibleCount, visible } from './visible.js';
