/** PURE: the decisions state machine (design.md 2): limits, approvals, idempotency, grants and policy versions of one partition. */
export { listApprovals } from './approval-views.js';
export { APPROVAL_COMMENT_LENGTH_MAX } from './approvals.js';
export { argumentsAad } from './arguments-aad.js';
export { callIdTimeMs } from './call-id.js';
export { type DecisionMachine, decisionMachine } from './machine.js';
export type * from './model.js';
export { type DecisionState, findGrant, ruledVerdict } from './state.js';
export { type Errand, type Errands, type Trail, abortInSteps, decideInSteps, isOver, settleInSteps, visibleInSteps } from './two-steps.js';
export { countersOf, heldBy } from './wider-charges.js';
