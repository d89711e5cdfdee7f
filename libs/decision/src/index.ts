/** PURE: the decisions state machine (design.md 2): limits, idempotency, grants and policy versions of one partition. */
export { callIdTimeMs } from './call-id.js';
export { type DecisionMachine, decisionMachine } from './machine.js';
export type * from './model.js';
export { type DecisionState, findGrant } from './state.js';
