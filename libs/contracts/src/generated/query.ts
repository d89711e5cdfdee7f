import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Approval as _docket_approval_v1_Approval, Approval__Output as _docket_approval_v1_Approval__Output } from './docket/approval/v1/Approval.js';
import type { ApprovalServiceClient as _docket_approval_v1_ApprovalServiceClient, ApprovalServiceDefinition as _docket_approval_v1_ApprovalServiceDefinition } from './docket/approval/v1/ApprovalService.js';
import type { GetApprovalRequest as _docket_approval_v1_GetApprovalRequest, GetApprovalRequest__Output as _docket_approval_v1_GetApprovalRequest__Output } from './docket/approval/v1/GetApprovalRequest.js';
import type { GetApprovalResponse as _docket_approval_v1_GetApprovalResponse, GetApprovalResponse__Output as _docket_approval_v1_GetApprovalResponse__Output } from './docket/approval/v1/GetApprovalResponse.js';
import type { ListApprovalsRequest as _docket_approval_v1_ListApprovalsRequest, ListApprovalsRequest__Output as _docket_approval_v1_ListApprovalsRequest__Output } from './docket/approval/v1/ListApprovalsRequest.js';
import type { ListApprovalsResponse as _docket_approval_v1_ListApprovalsResponse, ListApprovalsResponse__Output as _docket_approval_v1_ListApprovalsResponse__Output } from './docket/approval/v1/ListApprovalsResponse.js';
import type { Receipt as _docket_approval_v1_Receipt, Receipt__Output as _docket_approval_v1_Receipt__Output } from './docket/approval/v1/Receipt.js';
import type { ResolveApprovalRequest as _docket_approval_v1_ResolveApprovalRequest, ResolveApprovalRequest__Output as _docket_approval_v1_ResolveApprovalRequest__Output } from './docket/approval/v1/ResolveApprovalRequest.js';
import type { ResolveApprovalResponse as _docket_approval_v1_ResolveApprovalResponse, ResolveApprovalResponse__Output as _docket_approval_v1_ResolveApprovalResponse__Output } from './docket/approval/v1/ResolveApprovalResponse.js';
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
        Decision: EnumTypeDefinition
        GetApprovalRequest: MessageTypeDefinition<_docket_approval_v1_GetApprovalRequest, _docket_approval_v1_GetApprovalRequest__Output>
        GetApprovalResponse: MessageTypeDefinition<_docket_approval_v1_GetApprovalResponse, _docket_approval_v1_GetApprovalResponse__Output>
        ListApprovalsRequest: MessageTypeDefinition<_docket_approval_v1_ListApprovalsRequest, _docket_approval_v1_ListApprovalsRequest__Output>
        ListApprovalsResponse: MessageTypeDefinition<_docket_approval_v1_ListApprovalsResponse, _docket_approval_v1_ListApprovalsResponse__Output>
        Receipt: MessageTypeDefinition<_docket_approval_v1_Receipt, _docket_approval_v1_Receipt__Output>
        ResolveApprovalRequest: MessageTypeDefinition<_docket_approval_v1_ResolveApprovalRequest, _docket_approval_v1_ResolveApprovalRequest__Output>
        ResolveApprovalResponse: MessageTypeDefinition<_docket_approval_v1_ResolveApprovalResponse, _docket_approval_v1_ResolveApprovalResponse__Output>
        State: EnumTypeDefinition
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

