/** What the composition root provides to controllers. */
export const DECISION_API = Symbol('DecisionApi');
export const APPROVAL_API = Symbol('ApprovalApi');
export const NODE_API = Symbol('NodeApi');
export const QUERY_API = Symbol('QueryApi');
