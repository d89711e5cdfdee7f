import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Approval as _docket_approval_v1_Approval, Approval__Output as _docket_approval_v1_Approval__Output } from './docket/approval/v1/Approval.js';
import type { ApprovalServiceClient as _docket_approval_v1_ApprovalServiceClient, ApprovalServiceDefinition as _docket_approval_v1_ApprovalServiceDefinition } from './docket/approval/v1/ApprovalService.js';
import type { CardGrant as _docket_approval_v1_CardGrant, CardGrant__Output as _docket_approval_v1_CardGrant__Output } from './docket/approval/v1/CardGrant.js';
import type { CardTool as _docket_approval_v1_CardTool, CardTool__Output as _docket_approval_v1_CardTool__Output } from './docket/approval/v1/CardTool.js';
import type { GetApprovalCardRequest as _docket_approval_v1_GetApprovalCardRequest, GetApprovalCardRequest__Output as _docket_approval_v1_GetApprovalCardRequest__Output } from './docket/approval/v1/GetApprovalCardRequest.js';
import type { GetApprovalCardResponse as _docket_approval_v1_GetApprovalCardResponse, GetApprovalCardResponse__Output as _docket_approval_v1_GetApprovalCardResponse__Output } from './docket/approval/v1/GetApprovalCardResponse.js';
import type { GetApprovalRequest as _docket_approval_v1_GetApprovalRequest, GetApprovalRequest__Output as _docket_approval_v1_GetApprovalRequest__Output } from './docket/approval/v1/GetApprovalRequest.js';
import type { GetApprovalResponse as _docket_approval_v1_GetApprovalResponse, GetApprovalResponse__Output as _docket_approval_v1_GetApprovalResponse__Output } from './docket/approval/v1/GetApprovalResponse.js';
import type { ListApprovalsRequest as _docket_approval_v1_ListApprovalsRequest, ListApprovalsRequest__Output as _docket_approval_v1_ListApprovalsRequest__Output } from './docket/approval/v1/ListApprovalsRequest.js';
import type { ListApprovalsResponse as _docket_approval_v1_ListApprovalsResponse, ListApprovalsResponse__Output as _docket_approval_v1_ListApprovalsResponse__Output } from './docket/approval/v1/ListApprovalsResponse.js';
import type { Receipt as _docket_approval_v1_Receipt, Receipt__Output as _docket_approval_v1_Receipt__Output } from './docket/approval/v1/Receipt.js';
import type { ResolveApprovalRequest as _docket_approval_v1_ResolveApprovalRequest, ResolveApprovalRequest__Output as _docket_approval_v1_ResolveApprovalRequest__Output } from './docket/approval/v1/ResolveApprovalRequest.js';
import type { ResolveApprovalResponse as _docket_approval_v1_ResolveApprovalResponse, ResolveApprovalResponse__Output as _docket_approval_v1_ResolveApprovalResponse__Output } from './docket/approval/v1/ResolveApprovalResponse.js';
import type { UsualAmount as _docket_approval_v1_UsualAmount, UsualAmount__Output as _docket_approval_v1_UsualAmount__Output } from './docket/approval/v1/UsualAmount.js';
import type { VerdictCount as _docket_approval_v1_VerdictCount, VerdictCount__Output as _docket_approval_v1_VerdictCount__Output } from './docket/approval/v1/VerdictCount.js';
import type { Vote as _docket_approval_v1_Vote, Vote__Output as _docket_approval_v1_Vote__Output } from './docket/approval/v1/Vote.js';
import type { WaitApprovalRequest as _docket_approval_v1_WaitApprovalRequest, WaitApprovalRequest__Output as _docket_approval_v1_WaitApprovalRequest__Output } from './docket/approval/v1/WaitApprovalRequest.js';
import type { WaitApprovalResponse as _docket_approval_v1_WaitApprovalResponse, WaitApprovalResponse__Output as _docket_approval_v1_WaitApprovalResponse__Output } from './docket/approval/v1/WaitApprovalResponse.js';
import type { DecideRequest as _docket_decision_v1_DecideRequest, DecideRequest__Output as _docket_decision_v1_DecideRequest__Output } from './docket/decision/v1/DecideRequest.js';
import type { DecideResponse as _docket_decision_v1_DecideResponse, DecideResponse__Output as _docket_decision_v1_DecideResponse__Output } from './docket/decision/v1/DecideResponse.js';
import type { DecideStreamAnswer as _docket_decision_v1_DecideStreamAnswer, DecideStreamAnswer__Output as _docket_decision_v1_DecideStreamAnswer__Output } from './docket/decision/v1/DecideStreamAnswer.js';
import type { DecideStreamRequest as _docket_decision_v1_DecideStreamRequest, DecideStreamRequest__Output as _docket_decision_v1_DecideStreamRequest__Output } from './docket/decision/v1/DecideStreamRequest.js';
import type { DecideStreamResponse as _docket_decision_v1_DecideStreamResponse, DecideStreamResponse__Output as _docket_decision_v1_DecideStreamResponse__Output } from './docket/decision/v1/DecideStreamResponse.js';
import type { DecisionServiceClient as _docket_decision_v1_DecisionServiceClient, DecisionServiceDefinition as _docket_decision_v1_DecisionServiceDefinition } from './docket/decision/v1/DecisionService.js';
import type { GetDecisionRequest as _docket_decision_v1_GetDecisionRequest, GetDecisionRequest__Output as _docket_decision_v1_GetDecisionRequest__Output } from './docket/decision/v1/GetDecisionRequest.js';
import type { GrantChanged as _docket_decision_v1_GrantChanged, GrantChanged__Output as _docket_decision_v1_GrantChanged__Output } from './docket/decision/v1/GrantChanged.js';
import type { LimitState as _docket_decision_v1_LimitState, LimitState__Output as _docket_decision_v1_LimitState__Output } from './docket/decision/v1/LimitState.js';
import type { ListVisibleToolsRequest as _docket_decision_v1_ListVisibleToolsRequest, ListVisibleToolsRequest__Output as _docket_decision_v1_ListVisibleToolsRequest__Output } from './docket/decision/v1/ListVisibleToolsRequest.js';
import type { ListVisibleToolsResponse as _docket_decision_v1_ListVisibleToolsResponse, ListVisibleToolsResponse__Output as _docket_decision_v1_ListVisibleToolsResponse__Output } from './docket/decision/v1/ListVisibleToolsResponse.js';
import type { Owner as _docket_decision_v1_Owner, Owner__Output as _docket_decision_v1_Owner__Output } from './docket/decision/v1/Owner.js';
import type { PolicyVersionChanged as _docket_decision_v1_PolicyVersionChanged, PolicyVersionChanged__Output as _docket_decision_v1_PolicyVersionChanged__Output } from './docket/decision/v1/PolicyVersionChanged.js';
import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from './docket/decision/v1/Receipt.js';
import type { SettleRequest as _docket_decision_v1_SettleRequest, SettleRequest__Output as _docket_decision_v1_SettleRequest__Output } from './docket/decision/v1/SettleRequest.js';
import type { SettleResponse as _docket_decision_v1_SettleResponse, SettleResponse__Output as _docket_decision_v1_SettleResponse__Output } from './docket/decision/v1/SettleResponse.js';
import type { Step as _docket_decision_v1_Step, Step__Output as _docket_decision_v1_Step__Output } from './docket/decision/v1/Step.js';
import type { ToolVisibility as _docket_decision_v1_ToolVisibility, ToolVisibility__Output as _docket_decision_v1_ToolVisibility__Output } from './docket/decision/v1/ToolVisibility.js';
import type { WatchGrantsRequest as _docket_decision_v1_WatchGrantsRequest, WatchGrantsRequest__Output as _docket_decision_v1_WatchGrantsRequest__Output } from './docket/decision/v1/WatchGrantsRequest.js';
import type { WatchGrantsResponse as _docket_decision_v1_WatchGrantsResponse, WatchGrantsResponse__Output as _docket_decision_v1_WatchGrantsResponse__Output } from './docket/decision/v1/WatchGrantsResponse.js';
import type { Approval as _docket_query_v1_Approval, Approval__Output as _docket_query_v1_Approval__Output } from './docket/query/v1/Approval.js';
import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from './docket/query/v1/AsOf.js';
import type { Charge as _docket_query_v1_Charge, Charge__Output as _docket_query_v1_Charge__Output } from './docket/query/v1/Charge.js';
import type { Decision as _docket_query_v1_Decision, Decision__Output as _docket_query_v1_Decision__Output } from './docket/query/v1/Decision.js';
import type { GetDecisionRequest as _docket_query_v1_GetDecisionRequest, GetDecisionRequest__Output as _docket_query_v1_GetDecisionRequest__Output } from './docket/query/v1/GetDecisionRequest.js';
import type { GetDecisionResponse as _docket_query_v1_GetDecisionResponse, GetDecisionResponse__Output as _docket_query_v1_GetDecisionResponse__Output } from './docket/query/v1/GetDecisionResponse.js';
import type { GetLimitWindowsRequest as _docket_query_v1_GetLimitWindowsRequest, GetLimitWindowsRequest__Output as _docket_query_v1_GetLimitWindowsRequest__Output } from './docket/query/v1/GetLimitWindowsRequest.js';
import type { GetLimitWindowsResponse as _docket_query_v1_GetLimitWindowsResponse, GetLimitWindowsResponse__Output as _docket_query_v1_GetLimitWindowsResponse__Output } from './docket/query/v1/GetLimitWindowsResponse.js';
import type { GetUsageRequest as _docket_query_v1_GetUsageRequest, GetUsageRequest__Output as _docket_query_v1_GetUsageRequest__Output } from './docket/query/v1/GetUsageRequest.js';
import type { GetUsageResponse as _docket_query_v1_GetUsageResponse, GetUsageResponse__Output as _docket_query_v1_GetUsageResponse__Output } from './docket/query/v1/GetUsageResponse.js';
import type { Grant as _docket_query_v1_Grant, Grant__Output as _docket_query_v1_Grant__Output } from './docket/query/v1/Grant.js';
import type { LimitWindow as _docket_query_v1_LimitWindow, LimitWindow__Output as _docket_query_v1_LimitWindow__Output } from './docket/query/v1/LimitWindow.js';
import type { ListApprovalsRequest as _docket_query_v1_ListApprovalsRequest, ListApprovalsRequest__Output as _docket_query_v1_ListApprovalsRequest__Output } from './docket/query/v1/ListApprovalsRequest.js';
import type { ListApprovalsResponse as _docket_query_v1_ListApprovalsResponse, ListApprovalsResponse__Output as _docket_query_v1_ListApprovalsResponse__Output } from './docket/query/v1/ListApprovalsResponse.js';
import type { ListDecisionsRequest as _docket_query_v1_ListDecisionsRequest, ListDecisionsRequest__Output as _docket_query_v1_ListDecisionsRequest__Output } from './docket/query/v1/ListDecisionsRequest.js';
import type { ListDecisionsResponse as _docket_query_v1_ListDecisionsResponse, ListDecisionsResponse__Output as _docket_query_v1_ListDecisionsResponse__Output } from './docket/query/v1/ListDecisionsResponse.js';
import type { ListGrantsRequest as _docket_query_v1_ListGrantsRequest, ListGrantsRequest__Output as _docket_query_v1_ListGrantsRequest__Output } from './docket/query/v1/ListGrantsRequest.js';
import type { ListGrantsResponse as _docket_query_v1_ListGrantsResponse, ListGrantsResponse__Output as _docket_query_v1_ListGrantsResponse__Output } from './docket/query/v1/ListGrantsResponse.js';
import type { ListPoliciesRequest as _docket_query_v1_ListPoliciesRequest, ListPoliciesRequest__Output as _docket_query_v1_ListPoliciesRequest__Output } from './docket/query/v1/ListPoliciesRequest.js';
import type { ListPoliciesResponse as _docket_query_v1_ListPoliciesResponse, ListPoliciesResponse__Output as _docket_query_v1_ListPoliciesResponse__Output } from './docket/query/v1/ListPoliciesResponse.js';
import type { ListProjectionsRequest as _docket_query_v1_ListProjectionsRequest, ListProjectionsRequest__Output as _docket_query_v1_ListProjectionsRequest__Output } from './docket/query/v1/ListProjectionsRequest.js';
import type { ListProjectionsResponse as _docket_query_v1_ListProjectionsResponse, ListProjectionsResponse__Output as _docket_query_v1_ListProjectionsResponse__Output } from './docket/query/v1/ListProjectionsResponse.js';
import type { ListServersRequest as _docket_query_v1_ListServersRequest, ListServersRequest__Output as _docket_query_v1_ListServersRequest__Output } from './docket/query/v1/ListServersRequest.js';
import type { ListServersResponse as _docket_query_v1_ListServersResponse, ListServersResponse__Output as _docket_query_v1_ListServersResponse__Output } from './docket/query/v1/ListServersResponse.js';
import type { PolicyPublication as _docket_query_v1_PolicyPublication, PolicyPublication__Output as _docket_query_v1_PolicyPublication__Output } from './docket/query/v1/PolicyPublication.js';
import type { Position as _docket_query_v1_Position, Position__Output as _docket_query_v1_Position__Output } from './docket/query/v1/Position.js';
import type { QueryServiceClient as _docket_query_v1_QueryServiceClient, QueryServiceDefinition as _docket_query_v1_QueryServiceDefinition } from './docket/query/v1/QueryService.js';
import type { Server as _docket_query_v1_Server, Server__Output as _docket_query_v1_Server__Output } from './docket/query/v1/Server.js';
import type { Stopped as _docket_query_v1_Stopped, Stopped__Output as _docket_query_v1_Stopped__Output } from './docket/query/v1/Stopped.js';
import type { Usage as _docket_query_v1_Usage, Usage__Output as _docket_query_v1_Usage__Output } from './docket/query/v1/Usage.js';
import type { AllowChurnRequest as _docket_registry_v1_AllowChurnRequest, AllowChurnRequest__Output as _docket_registry_v1_AllowChurnRequest__Output } from './docket/registry/v1/AllowChurnRequest.js';
import type { AllowChurnResponse as _docket_registry_v1_AllowChurnResponse, AllowChurnResponse__Output as _docket_registry_v1_AllowChurnResponse__Output } from './docket/registry/v1/AllowChurnResponse.js';
import type { ApproveToolsRequest as _docket_registry_v1_ApproveToolsRequest, ApproveToolsRequest__Output as _docket_registry_v1_ApproveToolsRequest__Output } from './docket/registry/v1/ApproveToolsRequest.js';
import type { ApproveToolsResponse as _docket_registry_v1_ApproveToolsResponse, ApproveToolsResponse__Output as _docket_registry_v1_ApproveToolsResponse__Output } from './docket/registry/v1/ApproveToolsResponse.js';
import type { AttachPolicyRequest as _docket_registry_v1_AttachPolicyRequest, AttachPolicyRequest__Output as _docket_registry_v1_AttachPolicyRequest__Output } from './docket/registry/v1/AttachPolicyRequest.js';
import type { AttachPolicyResponse as _docket_registry_v1_AttachPolicyResponse, AttachPolicyResponse__Output as _docket_registry_v1_AttachPolicyResponse__Output } from './docket/registry/v1/AttachPolicyResponse.js';
import type { AwaitEditRequest as _docket_registry_v1_AwaitEditRequest, AwaitEditRequest__Output as _docket_registry_v1_AwaitEditRequest__Output } from './docket/registry/v1/AwaitEditRequest.js';
import type { AwaitEditResponse as _docket_registry_v1_AwaitEditResponse, AwaitEditResponse__Output as _docket_registry_v1_AwaitEditResponse__Output } from './docket/registry/v1/AwaitEditResponse.js';
import type { ChurnRule as _docket_registry_v1_ChurnRule, ChurnRule__Output as _docket_registry_v1_ChurnRule__Output } from './docket/registry/v1/ChurnRule.js';
import type { Credential as _docket_registry_v1_Credential, Credential__Output as _docket_registry_v1_Credential__Output } from './docket/registry/v1/Credential.js';
import type { DiffToolsRequest as _docket_registry_v1_DiffToolsRequest, DiffToolsRequest__Output as _docket_registry_v1_DiffToolsRequest__Output } from './docket/registry/v1/DiffToolsRequest.js';
import type { DiffToolsResponse as _docket_registry_v1_DiffToolsResponse, DiffToolsResponse__Output as _docket_registry_v1_DiffToolsResponse__Output } from './docket/registry/v1/DiffToolsResponse.js';
import type { EraseGrantRequest as _docket_registry_v1_EraseGrantRequest, EraseGrantRequest__Output as _docket_registry_v1_EraseGrantRequest__Output } from './docket/registry/v1/EraseGrantRequest.js';
import type { EraseGrantResponse as _docket_registry_v1_EraseGrantResponse, EraseGrantResponse__Output as _docket_registry_v1_EraseGrantResponse__Output } from './docket/registry/v1/EraseGrantResponse.js';
import type { FieldChange as _docket_registry_v1_FieldChange, FieldChange__Output as _docket_registry_v1_FieldChange__Output } from './docket/registry/v1/FieldChange.js';
import type { GetGrantRequest as _docket_registry_v1_GetGrantRequest, GetGrantRequest__Output as _docket_registry_v1_GetGrantRequest__Output } from './docket/registry/v1/GetGrantRequest.js';
import type { GetGrantResponse as _docket_registry_v1_GetGrantResponse, GetGrantResponse__Output as _docket_registry_v1_GetGrantResponse__Output } from './docket/registry/v1/GetGrantResponse.js';
import type { GetPolicyRequest as _docket_registry_v1_GetPolicyRequest, GetPolicyRequest__Output as _docket_registry_v1_GetPolicyRequest__Output } from './docket/registry/v1/GetPolicyRequest.js';
import type { GetPolicyResponse as _docket_registry_v1_GetPolicyResponse, GetPolicyResponse__Output as _docket_registry_v1_GetPolicyResponse__Output } from './docket/registry/v1/GetPolicyResponse.js';
import type { Grant as _docket_registry_v1_Grant, Grant__Output as _docket_registry_v1_Grant__Output } from './docket/registry/v1/Grant.js';
import type { InForce as _docket_registry_v1_InForce, InForce__Output as _docket_registry_v1_InForce__Output } from './docket/registry/v1/InForce.js';
import type { IssueCredentialRequest as _docket_registry_v1_IssueCredentialRequest, IssueCredentialRequest__Output as _docket_registry_v1_IssueCredentialRequest__Output } from './docket/registry/v1/IssueCredentialRequest.js';
import type { IssueCredentialResponse as _docket_registry_v1_IssueCredentialResponse, IssueCredentialResponse__Output as _docket_registry_v1_IssueCredentialResponse__Output } from './docket/registry/v1/IssueCredentialResponse.js';
import type { IssueGrantRequest as _docket_registry_v1_IssueGrantRequest, IssueGrantRequest__Output as _docket_registry_v1_IssueGrantRequest__Output } from './docket/registry/v1/IssueGrantRequest.js';
import type { IssueGrantResponse as _docket_registry_v1_IssueGrantResponse, IssueGrantResponse__Output as _docket_registry_v1_IssueGrantResponse__Output } from './docket/registry/v1/IssueGrantResponse.js';
import type { ListCredentialsRequest as _docket_registry_v1_ListCredentialsRequest, ListCredentialsRequest__Output as _docket_registry_v1_ListCredentialsRequest__Output } from './docket/registry/v1/ListCredentialsRequest.js';
import type { ListCredentialsResponse as _docket_registry_v1_ListCredentialsResponse, ListCredentialsResponse__Output as _docket_registry_v1_ListCredentialsResponse__Output } from './docket/registry/v1/ListCredentialsResponse.js';
import type { ListGrantsRequest as _docket_registry_v1_ListGrantsRequest, ListGrantsRequest__Output as _docket_registry_v1_ListGrantsRequest__Output } from './docket/registry/v1/ListGrantsRequest.js';
import type { ListGrantsResponse as _docket_registry_v1_ListGrantsResponse, ListGrantsResponse__Output as _docket_registry_v1_ListGrantsResponse__Output } from './docket/registry/v1/ListGrantsResponse.js';
import type { ListPoliciesRequest as _docket_registry_v1_ListPoliciesRequest, ListPoliciesRequest__Output as _docket_registry_v1_ListPoliciesRequest__Output } from './docket/registry/v1/ListPoliciesRequest.js';
import type { ListPoliciesResponse as _docket_registry_v1_ListPoliciesResponse, ListPoliciesResponse__Output as _docket_registry_v1_ListPoliciesResponse__Output } from './docket/registry/v1/ListPoliciesResponse.js';
import type { ListPolicyVersionsRequest as _docket_registry_v1_ListPolicyVersionsRequest, ListPolicyVersionsRequest__Output as _docket_registry_v1_ListPolicyVersionsRequest__Output } from './docket/registry/v1/ListPolicyVersionsRequest.js';
import type { ListPolicyVersionsResponse as _docket_registry_v1_ListPolicyVersionsResponse, ListPolicyVersionsResponse__Output as _docket_registry_v1_ListPolicyVersionsResponse__Output } from './docket/registry/v1/ListPolicyVersionsResponse.js';
import type { ListServersRequest as _docket_registry_v1_ListServersRequest, ListServersRequest__Output as _docket_registry_v1_ListServersRequest__Output } from './docket/registry/v1/ListServersRequest.js';
import type { ListServersResponse as _docket_registry_v1_ListServersResponse, ListServersResponse__Output as _docket_registry_v1_ListServersResponse__Output } from './docket/registry/v1/ListServersResponse.js';
import type { ListToolsRequest as _docket_registry_v1_ListToolsRequest, ListToolsRequest__Output as _docket_registry_v1_ListToolsRequest__Output } from './docket/registry/v1/ListToolsRequest.js';
import type { ListToolsResponse as _docket_registry_v1_ListToolsResponse, ListToolsResponse__Output as _docket_registry_v1_ListToolsResponse__Output } from './docket/registry/v1/ListToolsResponse.js';
import type { OverrideRiskRequest as _docket_registry_v1_OverrideRiskRequest, OverrideRiskRequest__Output as _docket_registry_v1_OverrideRiskRequest__Output } from './docket/registry/v1/OverrideRiskRequest.js';
import type { OverrideRiskResponse as _docket_registry_v1_OverrideRiskResponse, OverrideRiskResponse__Output as _docket_registry_v1_OverrideRiskResponse__Output } from './docket/registry/v1/OverrideRiskResponse.js';
import type { PolicyVersion as _docket_registry_v1_PolicyVersion, PolicyVersion__Output as _docket_registry_v1_PolicyVersion__Output } from './docket/registry/v1/PolicyVersion.js';
import type { PolicyWarning as _docket_registry_v1_PolicyWarning, PolicyWarning__Output as _docket_registry_v1_PolicyWarning__Output } from './docket/registry/v1/PolicyWarning.js';
import type { PublishPolicyRequest as _docket_registry_v1_PublishPolicyRequest, PublishPolicyRequest__Output as _docket_registry_v1_PublishPolicyRequest__Output } from './docket/registry/v1/PublishPolicyRequest.js';
import type { PublishPolicyResponse as _docket_registry_v1_PublishPolicyResponse, PublishPolicyResponse__Output as _docket_registry_v1_PublishPolicyResponse__Output } from './docket/registry/v1/PublishPolicyResponse.js';
import type { RegisterServerRequest as _docket_registry_v1_RegisterServerRequest, RegisterServerRequest__Output as _docket_registry_v1_RegisterServerRequest__Output } from './docket/registry/v1/RegisterServerRequest.js';
import type { RegisterServerResponse as _docket_registry_v1_RegisterServerResponse, RegisterServerResponse__Output as _docket_registry_v1_RegisterServerResponse__Output } from './docket/registry/v1/RegisterServerResponse.js';
import type { RegistryServiceClient as _docket_registry_v1_RegistryServiceClient, RegistryServiceDefinition as _docket_registry_v1_RegistryServiceDefinition } from './docket/registry/v1/RegistryService.js';
import type { RejectedTool as _docket_registry_v1_RejectedTool, RejectedTool__Output as _docket_registry_v1_RejectedTool__Output } from './docket/registry/v1/RejectedTool.js';
import type { ReportToolsRequest as _docket_registry_v1_ReportToolsRequest, ReportToolsRequest__Output as _docket_registry_v1_ReportToolsRequest__Output } from './docket/registry/v1/ReportToolsRequest.js';
import type { ReportToolsResponse as _docket_registry_v1_ReportToolsResponse, ReportToolsResponse__Output as _docket_registry_v1_ReportToolsResponse__Output } from './docket/registry/v1/ReportToolsResponse.js';
import type { RevokeCredentialRequest as _docket_registry_v1_RevokeCredentialRequest, RevokeCredentialRequest__Output as _docket_registry_v1_RevokeCredentialRequest__Output } from './docket/registry/v1/RevokeCredentialRequest.js';
import type { RevokeCredentialResponse as _docket_registry_v1_RevokeCredentialResponse, RevokeCredentialResponse__Output as _docket_registry_v1_RevokeCredentialResponse__Output } from './docket/registry/v1/RevokeCredentialResponse.js';
import type { RevokeGrantRequest as _docket_registry_v1_RevokeGrantRequest, RevokeGrantRequest__Output as _docket_registry_v1_RevokeGrantRequest__Output } from './docket/registry/v1/RevokeGrantRequest.js';
import type { RevokeGrantResponse as _docket_registry_v1_RevokeGrantResponse, RevokeGrantResponse__Output as _docket_registry_v1_RevokeGrantResponse__Output } from './docket/registry/v1/RevokeGrantResponse.js';
import type { Risk as _docket_registry_v1_Risk, Risk__Output as _docket_registry_v1_Risk__Output } from './docket/registry/v1/Risk.js';
import type { RiskEvidence as _docket_registry_v1_RiskEvidence, RiskEvidence__Output as _docket_registry_v1_RiskEvidence__Output } from './docket/registry/v1/RiskEvidence.js';
import type { RiskFinding as _docket_registry_v1_RiskFinding, RiskFinding__Output as _docket_registry_v1_RiskFinding__Output } from './docket/registry/v1/RiskFinding.js';
import type { Server as _docket_registry_v1_Server, Server__Output as _docket_registry_v1_Server__Output } from './docket/registry/v1/Server.js';
import type { Tool as _docket_registry_v1_Tool, Tool__Output as _docket_registry_v1_Tool__Output } from './docket/registry/v1/Tool.js';
import type { ToolApproval as _docket_registry_v1_ToolApproval, ToolApproval__Output as _docket_registry_v1_ToolApproval__Output } from './docket/registry/v1/ToolApproval.js';
import type { ToolDiff as _docket_registry_v1_ToolDiff, ToolDiff__Output as _docket_registry_v1_ToolDiff__Output } from './docket/registry/v1/ToolDiff.js';
import type { WhoAmIRequest as _docket_registry_v1_WhoAmIRequest, WhoAmIRequest__Output as _docket_registry_v1_WhoAmIRequest__Output } from './docket/registry/v1/WhoAmIRequest.js';
import type { WhoAmIResponse as _docket_registry_v1_WhoAmIResponse, WhoAmIResponse__Output as _docket_registry_v1_WhoAmIResponse__Output } from './docket/registry/v1/WhoAmIResponse.js';
import type { Any as _google_protobuf_Any, Any__Output as _google_protobuf_Any__Output } from './google/protobuf/Any.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from './google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';
import type { Status as _google_rpc_Status, Status__Output as _google_rpc_Status__Output } from './google/rpc/Status.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  docket: {
    approval: {
      v1: {
        Approval: MessageTypeDefinition<_docket_approval_v1_Approval, _docket_approval_v1_Approval__Output>
        ApprovalService: SubtypeConstructor<typeof grpc.Client, _docket_approval_v1_ApprovalServiceClient> & { service: _docket_approval_v1_ApprovalServiceDefinition }
        ArgumentsShown: EnumTypeDefinition
        CardGrant: MessageTypeDefinition<_docket_approval_v1_CardGrant, _docket_approval_v1_CardGrant__Output>
        CardTool: MessageTypeDefinition<_docket_approval_v1_CardTool, _docket_approval_v1_CardTool__Output>
        Decision: EnumTypeDefinition
        GetApprovalCardRequest: MessageTypeDefinition<_docket_approval_v1_GetApprovalCardRequest, _docket_approval_v1_GetApprovalCardRequest__Output>
        GetApprovalCardResponse: MessageTypeDefinition<_docket_approval_v1_GetApprovalCardResponse, _docket_approval_v1_GetApprovalCardResponse__Output>
        GetApprovalRequest: MessageTypeDefinition<_docket_approval_v1_GetApprovalRequest, _docket_approval_v1_GetApprovalRequest__Output>
        GetApprovalResponse: MessageTypeDefinition<_docket_approval_v1_GetApprovalResponse, _docket_approval_v1_GetApprovalResponse__Output>
        ListApprovalsRequest: MessageTypeDefinition<_docket_approval_v1_ListApprovalsRequest, _docket_approval_v1_ListApprovalsRequest__Output>
        ListApprovalsResponse: MessageTypeDefinition<_docket_approval_v1_ListApprovalsResponse, _docket_approval_v1_ListApprovalsResponse__Output>
        Receipt: MessageTypeDefinition<_docket_approval_v1_Receipt, _docket_approval_v1_Receipt__Output>
        ResolveApprovalRequest: MessageTypeDefinition<_docket_approval_v1_ResolveApprovalRequest, _docket_approval_v1_ResolveApprovalRequest__Output>
        ResolveApprovalResponse: MessageTypeDefinition<_docket_approval_v1_ResolveApprovalResponse, _docket_approval_v1_ResolveApprovalResponse__Output>
        State: EnumTypeDefinition
        UsualAmount: MessageTypeDefinition<_docket_approval_v1_UsualAmount, _docket_approval_v1_UsualAmount__Output>
        VerdictCount: MessageTypeDefinition<_docket_approval_v1_VerdictCount, _docket_approval_v1_VerdictCount__Output>
        Vote: MessageTypeDefinition<_docket_approval_v1_Vote, _docket_approval_v1_Vote__Output>
        WaitApprovalRequest: MessageTypeDefinition<_docket_approval_v1_WaitApprovalRequest, _docket_approval_v1_WaitApprovalRequest__Output>
        WaitApprovalResponse: MessageTypeDefinition<_docket_approval_v1_WaitApprovalResponse, _docket_approval_v1_WaitApprovalResponse__Output>
      }
    }
    decision: {
      v1: {
        DecideRequest: MessageTypeDefinition<_docket_decision_v1_DecideRequest, _docket_decision_v1_DecideRequest__Output>
        DecideResponse: MessageTypeDefinition<_docket_decision_v1_DecideResponse, _docket_decision_v1_DecideResponse__Output>
        DecideStreamAnswer: MessageTypeDefinition<_docket_decision_v1_DecideStreamAnswer, _docket_decision_v1_DecideStreamAnswer__Output>
        DecideStreamRequest: MessageTypeDefinition<_docket_decision_v1_DecideStreamRequest, _docket_decision_v1_DecideStreamRequest__Output>
        DecideStreamResponse: MessageTypeDefinition<_docket_decision_v1_DecideStreamResponse, _docket_decision_v1_DecideStreamResponse__Output>
        DecisionService: SubtypeConstructor<typeof grpc.Client, _docket_decision_v1_DecisionServiceClient> & { service: _docket_decision_v1_DecisionServiceDefinition }
        GetDecisionRequest: MessageTypeDefinition<_docket_decision_v1_GetDecisionRequest, _docket_decision_v1_GetDecisionRequest__Output>
        GrantChanged: MessageTypeDefinition<_docket_decision_v1_GrantChanged, _docket_decision_v1_GrantChanged__Output>
        LimitState: MessageTypeDefinition<_docket_decision_v1_LimitState, _docket_decision_v1_LimitState__Output>
        ListVisibleToolsRequest: MessageTypeDefinition<_docket_decision_v1_ListVisibleToolsRequest, _docket_decision_v1_ListVisibleToolsRequest__Output>
        ListVisibleToolsResponse: MessageTypeDefinition<_docket_decision_v1_ListVisibleToolsResponse, _docket_decision_v1_ListVisibleToolsResponse__Output>
        Outcome: EnumTypeDefinition
        Owner: MessageTypeDefinition<_docket_decision_v1_Owner, _docket_decision_v1_Owner__Output>
        PolicyVersionChanged: MessageTypeDefinition<_docket_decision_v1_PolicyVersionChanged, _docket_decision_v1_PolicyVersionChanged__Output>
        Receipt: MessageTypeDefinition<_docket_decision_v1_Receipt, _docket_decision_v1_Receipt__Output>
        SettleRequest: MessageTypeDefinition<_docket_decision_v1_SettleRequest, _docket_decision_v1_SettleRequest__Output>
        SettleResponse: MessageTypeDefinition<_docket_decision_v1_SettleResponse, _docket_decision_v1_SettleResponse__Output>
        Step: MessageTypeDefinition<_docket_decision_v1_Step, _docket_decision_v1_Step__Output>
        ToolVisibility: MessageTypeDefinition<_docket_decision_v1_ToolVisibility, _docket_decision_v1_ToolVisibility__Output>
        Verdict: EnumTypeDefinition
        WatchGrantsRequest: MessageTypeDefinition<_docket_decision_v1_WatchGrantsRequest, _docket_decision_v1_WatchGrantsRequest__Output>
        WatchGrantsResponse: MessageTypeDefinition<_docket_decision_v1_WatchGrantsResponse, _docket_decision_v1_WatchGrantsResponse__Output>
      }
    }
    query: {
      v1: {
        Approval: MessageTypeDefinition<_docket_query_v1_Approval, _docket_query_v1_Approval__Output>
        AsOf: MessageTypeDefinition<_docket_query_v1_AsOf, _docket_query_v1_AsOf__Output>
        Charge: MessageTypeDefinition<_docket_query_v1_Charge, _docket_query_v1_Charge__Output>
        Decision: MessageTypeDefinition<_docket_query_v1_Decision, _docket_query_v1_Decision__Output>
        Dimension: EnumTypeDefinition
        GetDecisionRequest: MessageTypeDefinition<_docket_query_v1_GetDecisionRequest, _docket_query_v1_GetDecisionRequest__Output>
        GetDecisionResponse: MessageTypeDefinition<_docket_query_v1_GetDecisionResponse, _docket_query_v1_GetDecisionResponse__Output>
        GetLimitWindowsRequest: MessageTypeDefinition<_docket_query_v1_GetLimitWindowsRequest, _docket_query_v1_GetLimitWindowsRequest__Output>
        GetLimitWindowsResponse: MessageTypeDefinition<_docket_query_v1_GetLimitWindowsResponse, _docket_query_v1_GetLimitWindowsResponse__Output>
        GetUsageRequest: MessageTypeDefinition<_docket_query_v1_GetUsageRequest, _docket_query_v1_GetUsageRequest__Output>
        GetUsageResponse: MessageTypeDefinition<_docket_query_v1_GetUsageResponse, _docket_query_v1_GetUsageResponse__Output>
        Grant: MessageTypeDefinition<_docket_query_v1_Grant, _docket_query_v1_Grant__Output>
        GrantState: EnumTypeDefinition
        Granularity: EnumTypeDefinition
        LimitWindow: MessageTypeDefinition<_docket_query_v1_LimitWindow, _docket_query_v1_LimitWindow__Output>
        ListApprovalsRequest: MessageTypeDefinition<_docket_query_v1_ListApprovalsRequest, _docket_query_v1_ListApprovalsRequest__Output>
        ListApprovalsResponse: MessageTypeDefinition<_docket_query_v1_ListApprovalsResponse, _docket_query_v1_ListApprovalsResponse__Output>
        ListDecisionsRequest: MessageTypeDefinition<_docket_query_v1_ListDecisionsRequest, _docket_query_v1_ListDecisionsRequest__Output>
        ListDecisionsResponse: MessageTypeDefinition<_docket_query_v1_ListDecisionsResponse, _docket_query_v1_ListDecisionsResponse__Output>
        ListGrantsRequest: MessageTypeDefinition<_docket_query_v1_ListGrantsRequest, _docket_query_v1_ListGrantsRequest__Output>
        ListGrantsResponse: MessageTypeDefinition<_docket_query_v1_ListGrantsResponse, _docket_query_v1_ListGrantsResponse__Output>
        ListPoliciesRequest: MessageTypeDefinition<_docket_query_v1_ListPoliciesRequest, _docket_query_v1_ListPoliciesRequest__Output>
        ListPoliciesResponse: MessageTypeDefinition<_docket_query_v1_ListPoliciesResponse, _docket_query_v1_ListPoliciesResponse__Output>
        ListProjectionsRequest: MessageTypeDefinition<_docket_query_v1_ListProjectionsRequest, _docket_query_v1_ListProjectionsRequest__Output>
        ListProjectionsResponse: MessageTypeDefinition<_docket_query_v1_ListProjectionsResponse, _docket_query_v1_ListProjectionsResponse__Output>
        ListServersRequest: MessageTypeDefinition<_docket_query_v1_ListServersRequest, _docket_query_v1_ListServersRequest__Output>
        ListServersResponse: MessageTypeDefinition<_docket_query_v1_ListServersResponse, _docket_query_v1_ListServersResponse__Output>
        Order: EnumTypeDefinition
        PolicyPublication: MessageTypeDefinition<_docket_query_v1_PolicyPublication, _docket_query_v1_PolicyPublication__Output>
        Position: MessageTypeDefinition<_docket_query_v1_Position, _docket_query_v1_Position__Output>
        QueryService: SubtypeConstructor<typeof grpc.Client, _docket_query_v1_QueryServiceClient> & { service: _docket_query_v1_QueryServiceDefinition }
        Server: MessageTypeDefinition<_docket_query_v1_Server, _docket_query_v1_Server__Output>
        State: EnumTypeDefinition
        Stopped: MessageTypeDefinition<_docket_query_v1_Stopped, _docket_query_v1_Stopped__Output>
        Usage: MessageTypeDefinition<_docket_query_v1_Usage, _docket_query_v1_Usage__Output>
      }
    }
    registry: {
      v1: {
        AllowChurnRequest: MessageTypeDefinition<_docket_registry_v1_AllowChurnRequest, _docket_registry_v1_AllowChurnRequest__Output>
        AllowChurnResponse: MessageTypeDefinition<_docket_registry_v1_AllowChurnResponse, _docket_registry_v1_AllowChurnResponse__Output>
        ApproveToolsRequest: MessageTypeDefinition<_docket_registry_v1_ApproveToolsRequest, _docket_registry_v1_ApproveToolsRequest__Output>
        ApproveToolsResponse: MessageTypeDefinition<_docket_registry_v1_ApproveToolsResponse, _docket_registry_v1_ApproveToolsResponse__Output>
        AttachPolicyRequest: MessageTypeDefinition<_docket_registry_v1_AttachPolicyRequest, _docket_registry_v1_AttachPolicyRequest__Output>
        AttachPolicyResponse: MessageTypeDefinition<_docket_registry_v1_AttachPolicyResponse, _docket_registry_v1_AttachPolicyResponse__Output>
        AwaitEditRequest: MessageTypeDefinition<_docket_registry_v1_AwaitEditRequest, _docket_registry_v1_AwaitEditRequest__Output>
        AwaitEditResponse: MessageTypeDefinition<_docket_registry_v1_AwaitEditResponse, _docket_registry_v1_AwaitEditResponse__Output>
        ChurnRule: MessageTypeDefinition<_docket_registry_v1_ChurnRule, _docket_registry_v1_ChurnRule__Output>
        Credential: MessageTypeDefinition<_docket_registry_v1_Credential, _docket_registry_v1_Credential__Output>
        DiffToolsRequest: MessageTypeDefinition<_docket_registry_v1_DiffToolsRequest, _docket_registry_v1_DiffToolsRequest__Output>
        DiffToolsResponse: MessageTypeDefinition<_docket_registry_v1_DiffToolsResponse, _docket_registry_v1_DiffToolsResponse__Output>
        EraseGrantRequest: MessageTypeDefinition<_docket_registry_v1_EraseGrantRequest, _docket_registry_v1_EraseGrantRequest__Output>
        EraseGrantResponse: MessageTypeDefinition<_docket_registry_v1_EraseGrantResponse, _docket_registry_v1_EraseGrantResponse__Output>
        FieldChange: MessageTypeDefinition<_docket_registry_v1_FieldChange, _docket_registry_v1_FieldChange__Output>
        GetGrantRequest: MessageTypeDefinition<_docket_registry_v1_GetGrantRequest, _docket_registry_v1_GetGrantRequest__Output>
        GetGrantResponse: MessageTypeDefinition<_docket_registry_v1_GetGrantResponse, _docket_registry_v1_GetGrantResponse__Output>
        GetPolicyRequest: MessageTypeDefinition<_docket_registry_v1_GetPolicyRequest, _docket_registry_v1_GetPolicyRequest__Output>
        GetPolicyResponse: MessageTypeDefinition<_docket_registry_v1_GetPolicyResponse, _docket_registry_v1_GetPolicyResponse__Output>
        Grant: MessageTypeDefinition<_docket_registry_v1_Grant, _docket_registry_v1_Grant__Output>
        InForce: MessageTypeDefinition<_docket_registry_v1_InForce, _docket_registry_v1_InForce__Output>
        IssueCredentialRequest: MessageTypeDefinition<_docket_registry_v1_IssueCredentialRequest, _docket_registry_v1_IssueCredentialRequest__Output>
        IssueCredentialResponse: MessageTypeDefinition<_docket_registry_v1_IssueCredentialResponse, _docket_registry_v1_IssueCredentialResponse__Output>
        IssueGrantRequest: MessageTypeDefinition<_docket_registry_v1_IssueGrantRequest, _docket_registry_v1_IssueGrantRequest__Output>
        IssueGrantResponse: MessageTypeDefinition<_docket_registry_v1_IssueGrantResponse, _docket_registry_v1_IssueGrantResponse__Output>
        ListCredentialsRequest: MessageTypeDefinition<_docket_registry_v1_ListCredentialsRequest, _docket_registry_v1_ListCredentialsRequest__Output>
        ListCredentialsResponse: MessageTypeDefinition<_docket_registry_v1_ListCredentialsResponse, _docket_registry_v1_ListCredentialsResponse__Output>
        ListGrantsRequest: MessageTypeDefinition<_docket_registry_v1_ListGrantsRequest, _docket_registry_v1_ListGrantsRequest__Output>
        ListGrantsResponse: MessageTypeDefinition<_docket_registry_v1_ListGrantsResponse, _docket_registry_v1_ListGrantsResponse__Output>
        ListPoliciesRequest: MessageTypeDefinition<_docket_registry_v1_ListPoliciesRequest, _docket_registry_v1_ListPoliciesRequest__Output>
        ListPoliciesResponse: MessageTypeDefinition<_docket_registry_v1_ListPoliciesResponse, _docket_registry_v1_ListPoliciesResponse__Output>
        ListPolicyVersionsRequest: MessageTypeDefinition<_docket_registry_v1_ListPolicyVersionsRequest, _docket_registry_v1_ListPolicyVersionsRequest__Output>
        ListPolicyVersionsResponse: MessageTypeDefinition<_docket_registry_v1_ListPolicyVersionsResponse, _docket_registry_v1_ListPolicyVersionsResponse__Output>
        ListServersRequest: MessageTypeDefinition<_docket_registry_v1_ListServersRequest, _docket_registry_v1_ListServersRequest__Output>
        ListServersResponse: MessageTypeDefinition<_docket_registry_v1_ListServersResponse, _docket_registry_v1_ListServersResponse__Output>
        ListToolsRequest: MessageTypeDefinition<_docket_registry_v1_ListToolsRequest, _docket_registry_v1_ListToolsRequest__Output>
        ListToolsResponse: MessageTypeDefinition<_docket_registry_v1_ListToolsResponse, _docket_registry_v1_ListToolsResponse__Output>
        Mode: EnumTypeDefinition
        OverrideRiskRequest: MessageTypeDefinition<_docket_registry_v1_OverrideRiskRequest, _docket_registry_v1_OverrideRiskRequest__Output>
        OverrideRiskResponse: MessageTypeDefinition<_docket_registry_v1_OverrideRiskResponse, _docket_registry_v1_OverrideRiskResponse__Output>
        PolicyVersion: MessageTypeDefinition<_docket_registry_v1_PolicyVersion, _docket_registry_v1_PolicyVersion__Output>
        PolicyWarning: MessageTypeDefinition<_docket_registry_v1_PolicyWarning, _docket_registry_v1_PolicyWarning__Output>
        PublishPolicyRequest: MessageTypeDefinition<_docket_registry_v1_PublishPolicyRequest, _docket_registry_v1_PublishPolicyRequest__Output>
        PublishPolicyResponse: MessageTypeDefinition<_docket_registry_v1_PublishPolicyResponse, _docket_registry_v1_PublishPolicyResponse__Output>
        RegisterServerRequest: MessageTypeDefinition<_docket_registry_v1_RegisterServerRequest, _docket_registry_v1_RegisterServerRequest__Output>
        RegisterServerResponse: MessageTypeDefinition<_docket_registry_v1_RegisterServerResponse, _docket_registry_v1_RegisterServerResponse__Output>
        RegistryService: SubtypeConstructor<typeof grpc.Client, _docket_registry_v1_RegistryServiceClient> & { service: _docket_registry_v1_RegistryServiceDefinition }
        RejectedTool: MessageTypeDefinition<_docket_registry_v1_RejectedTool, _docket_registry_v1_RejectedTool__Output>
        ReportToolsRequest: MessageTypeDefinition<_docket_registry_v1_ReportToolsRequest, _docket_registry_v1_ReportToolsRequest__Output>
        ReportToolsResponse: MessageTypeDefinition<_docket_registry_v1_ReportToolsResponse, _docket_registry_v1_ReportToolsResponse__Output>
        RevokeCredentialRequest: MessageTypeDefinition<_docket_registry_v1_RevokeCredentialRequest, _docket_registry_v1_RevokeCredentialRequest__Output>
        RevokeCredentialResponse: MessageTypeDefinition<_docket_registry_v1_RevokeCredentialResponse, _docket_registry_v1_RevokeCredentialResponse__Output>
        RevokeGrantRequest: MessageTypeDefinition<_docket_registry_v1_RevokeGrantRequest, _docket_registry_v1_RevokeGrantRequest__Output>
        RevokeGrantResponse: MessageTypeDefinition<_docket_registry_v1_RevokeGrantResponse, _docket_registry_v1_RevokeGrantResponse__Output>
        Risk: MessageTypeDefinition<_docket_registry_v1_Risk, _docket_registry_v1_Risk__Output>
        RiskClass: EnumTypeDefinition
        RiskEvidence: MessageTypeDefinition<_docket_registry_v1_RiskEvidence, _docket_registry_v1_RiskEvidence__Output>
        RiskFinding: MessageTypeDefinition<_docket_registry_v1_RiskFinding, _docket_registry_v1_RiskFinding__Output>
        Role: EnumTypeDefinition
        Server: MessageTypeDefinition<_docket_registry_v1_Server, _docket_registry_v1_Server__Output>
        Tool: MessageTypeDefinition<_docket_registry_v1_Tool, _docket_registry_v1_Tool__Output>
        ToolApproval: MessageTypeDefinition<_docket_registry_v1_ToolApproval, _docket_registry_v1_ToolApproval__Output>
        ToolDiff: MessageTypeDefinition<_docket_registry_v1_ToolDiff, _docket_registry_v1_ToolDiff__Output>
        ToolState: EnumTypeDefinition
        WhoAmIRequest: MessageTypeDefinition<_docket_registry_v1_WhoAmIRequest, _docket_registry_v1_WhoAmIRequest__Output>
        WhoAmIResponse: MessageTypeDefinition<_docket_registry_v1_WhoAmIResponse, _docket_registry_v1_WhoAmIResponse__Output>
      }
    }
  }
  google: {
    protobuf: {
      Any: MessageTypeDefinition<_google_protobuf_Any, _google_protobuf_Any__Output>
      Duration: MessageTypeDefinition<_google_protobuf_Duration, _google_protobuf_Duration__Output>
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
    rpc: {
      Status: MessageTypeDefinition<_google_rpc_Status, _google_rpc_Status__Output>
    }
  }
}

