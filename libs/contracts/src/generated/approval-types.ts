// The generated types of docket.approval.v1 in one place.
export type { Approval, Approval__Output } from './docket/approval/v1/Approval.js';
export type { ApprovalServiceClient, ApprovalServiceHandlers } from './docket/approval/v1/ApprovalService.js';
export type { ArgumentsShown, ArgumentsShown__Output } from './docket/approval/v1/ArgumentsShown.js';
export type { Decision, Decision__Output } from './docket/approval/v1/Decision.js';
export type { GetApprovalRequest, GetApprovalRequest__Output } from './docket/approval/v1/GetApprovalRequest.js';
export type { GetApprovalResponse, GetApprovalResponse__Output } from './docket/approval/v1/GetApprovalResponse.js';
export type { ListApprovalsRequest, ListApprovalsRequest__Output } from './docket/approval/v1/ListApprovalsRequest.js';
export type { ListApprovalsResponse, ListApprovalsResponse__Output } from './docket/approval/v1/ListApprovalsResponse.js';
export type { Receipt, Receipt__Output } from './docket/approval/v1/Receipt.js';
export type { ResolveApprovalRequest, ResolveApprovalRequest__Output } from './docket/approval/v1/ResolveApprovalRequest.js';
export type { ResolveApprovalResponse, ResolveApprovalResponse__Output } from './docket/approval/v1/ResolveApprovalResponse.js';
export type { State, State__Output } from './docket/approval/v1/State.js';
export type { Vote, Vote__Output } from './docket/approval/v1/Vote.js';
export type { WaitApprovalRequest, WaitApprovalRequest__Output } from './docket/approval/v1/WaitApprovalRequest.js';
export type { WaitApprovalResponse, WaitApprovalResponse__Output } from './docket/approval/v1/WaitApprovalResponse.js';
