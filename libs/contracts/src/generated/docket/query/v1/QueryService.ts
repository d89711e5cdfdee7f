// Original file: proto/docket/query/v1/query.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetDecisionRequest as _docket_query_v1_GetDecisionRequest, GetDecisionRequest__Output as _docket_query_v1_GetDecisionRequest__Output } from '../../../docket/query/v1/GetDecisionRequest.js';
import type { GetDecisionResponse as _docket_query_v1_GetDecisionResponse, GetDecisionResponse__Output as _docket_query_v1_GetDecisionResponse__Output } from '../../../docket/query/v1/GetDecisionResponse.js';
import type { GetLimitWindowsRequest as _docket_query_v1_GetLimitWindowsRequest, GetLimitWindowsRequest__Output as _docket_query_v1_GetLimitWindowsRequest__Output } from '../../../docket/query/v1/GetLimitWindowsRequest.js';
import type { GetLimitWindowsResponse as _docket_query_v1_GetLimitWindowsResponse, GetLimitWindowsResponse__Output as _docket_query_v1_GetLimitWindowsResponse__Output } from '../../../docket/query/v1/GetLimitWindowsResponse.js';
import type { GetUsageRequest as _docket_query_v1_GetUsageRequest, GetUsageRequest__Output as _docket_query_v1_GetUsageRequest__Output } from '../../../docket/query/v1/GetUsageRequest.js';
import type { GetUsageResponse as _docket_query_v1_GetUsageResponse, GetUsageResponse__Output as _docket_query_v1_GetUsageResponse__Output } from '../../../docket/query/v1/GetUsageResponse.js';
import type { ListApprovalsRequest as _docket_query_v1_ListApprovalsRequest, ListApprovalsRequest__Output as _docket_query_v1_ListApprovalsRequest__Output } from '../../../docket/query/v1/ListApprovalsRequest.js';
import type { ListApprovalsResponse as _docket_query_v1_ListApprovalsResponse, ListApprovalsResponse__Output as _docket_query_v1_ListApprovalsResponse__Output } from '../../../docket/query/v1/ListApprovalsResponse.js';
import type { ListDecisionsRequest as _docket_query_v1_ListDecisionsRequest, ListDecisionsRequest__Output as _docket_query_v1_ListDecisionsRequest__Output } from '../../../docket/query/v1/ListDecisionsRequest.js';
import type { ListDecisionsResponse as _docket_query_v1_ListDecisionsResponse, ListDecisionsResponse__Output as _docket_query_v1_ListDecisionsResponse__Output } from '../../../docket/query/v1/ListDecisionsResponse.js';
import type { ListGrantsRequest as _docket_query_v1_ListGrantsRequest, ListGrantsRequest__Output as _docket_query_v1_ListGrantsRequest__Output } from '../../../docket/query/v1/ListGrantsRequest.js';
import type { ListGrantsResponse as _docket_query_v1_ListGrantsResponse, ListGrantsResponse__Output as _docket_query_v1_ListGrantsResponse__Output } from '../../../docket/query/v1/ListGrantsResponse.js';
import type { ListPoliciesRequest as _docket_query_v1_ListPoliciesRequest, ListPoliciesRequest__Output as _docket_query_v1_ListPoliciesRequest__Output } from '../../../docket/query/v1/ListPoliciesRequest.js';
import type { ListPoliciesResponse as _docket_query_v1_ListPoliciesResponse, ListPoliciesResponse__Output as _docket_query_v1_ListPoliciesResponse__Output } from '../../../docket/query/v1/ListPoliciesResponse.js';
import type { ListProjectionsRequest as _docket_query_v1_ListProjectionsRequest, ListProjectionsRequest__Output as _docket_query_v1_ListProjectionsRequest__Output } from '../../../docket/query/v1/ListProjectionsRequest.js';
import type { ListProjectionsResponse as _docket_query_v1_ListProjectionsResponse, ListProjectionsResponse__Output as _docket_query_v1_ListProjectionsResponse__Output } from '../../../docket/query/v1/ListProjectionsResponse.js';
import type { ListServersRequest as _docket_query_v1_ListServersRequest, ListServersRequest__Output as _docket_query_v1_ListServersRequest__Output } from '../../../docket/query/v1/ListServersRequest.js';
import type { ListServersResponse as _docket_query_v1_ListServersResponse, ListServersResponse__Output as _docket_query_v1_ListServersResponse__Output } from '../../../docket/query/v1/ListServersResponse.js';

export interface QueryServiceClient extends grpc.Client {
  GetDecision(argument: _docket_query_v1_GetDecisionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetDecisionResponse__Output>): grpc.ClientUnaryCall;
  GetDecision(argument: _docket_query_v1_GetDecisionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_GetDecisionResponse__Output>): grpc.ClientUnaryCall;
  GetDecision(argument: _docket_query_v1_GetDecisionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetDecisionResponse__Output>): grpc.ClientUnaryCall;
  GetDecision(argument: _docket_query_v1_GetDecisionRequest, callback: grpc.requestCallback<_docket_query_v1_GetDecisionResponse__Output>): grpc.ClientUnaryCall;
  getDecision(argument: _docket_query_v1_GetDecisionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetDecisionResponse__Output>): grpc.ClientUnaryCall;
  getDecision(argument: _docket_query_v1_GetDecisionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_GetDecisionResponse__Output>): grpc.ClientUnaryCall;
  getDecision(argument: _docket_query_v1_GetDecisionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetDecisionResponse__Output>): grpc.ClientUnaryCall;
  getDecision(argument: _docket_query_v1_GetDecisionRequest, callback: grpc.requestCallback<_docket_query_v1_GetDecisionResponse__Output>): grpc.ClientUnaryCall;
  
  GetLimitWindows(argument: _docket_query_v1_GetLimitWindowsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetLimitWindowsResponse__Output>): grpc.ClientUnaryCall;
  GetLimitWindows(argument: _docket_query_v1_GetLimitWindowsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_GetLimitWindowsResponse__Output>): grpc.ClientUnaryCall;
  GetLimitWindows(argument: _docket_query_v1_GetLimitWindowsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetLimitWindowsResponse__Output>): grpc.ClientUnaryCall;
  GetLimitWindows(argument: _docket_query_v1_GetLimitWindowsRequest, callback: grpc.requestCallback<_docket_query_v1_GetLimitWindowsResponse__Output>): grpc.ClientUnaryCall;
  getLimitWindows(argument: _docket_query_v1_GetLimitWindowsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetLimitWindowsResponse__Output>): grpc.ClientUnaryCall;
  getLimitWindows(argument: _docket_query_v1_GetLimitWindowsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_GetLimitWindowsResponse__Output>): grpc.ClientUnaryCall;
  getLimitWindows(argument: _docket_query_v1_GetLimitWindowsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetLimitWindowsResponse__Output>): grpc.ClientUnaryCall;
  getLimitWindows(argument: _docket_query_v1_GetLimitWindowsRequest, callback: grpc.requestCallback<_docket_query_v1_GetLimitWindowsResponse__Output>): grpc.ClientUnaryCall;
  
  GetUsage(argument: _docket_query_v1_GetUsageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  GetUsage(argument: _docket_query_v1_GetUsageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  GetUsage(argument: _docket_query_v1_GetUsageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  GetUsage(argument: _docket_query_v1_GetUsageRequest, callback: grpc.requestCallback<_docket_query_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  getUsage(argument: _docket_query_v1_GetUsageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  getUsage(argument: _docket_query_v1_GetUsageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  getUsage(argument: _docket_query_v1_GetUsageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  getUsage(argument: _docket_query_v1_GetUsageRequest, callback: grpc.requestCallback<_docket_query_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  
  ListApprovals(argument: _docket_query_v1_ListApprovalsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  ListApprovals(argument: _docket_query_v1_ListApprovalsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  ListApprovals(argument: _docket_query_v1_ListApprovalsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  ListApprovals(argument: _docket_query_v1_ListApprovalsRequest, callback: grpc.requestCallback<_docket_query_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  listApprovals(argument: _docket_query_v1_ListApprovalsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  listApprovals(argument: _docket_query_v1_ListApprovalsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  listApprovals(argument: _docket_query_v1_ListApprovalsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  listApprovals(argument: _docket_query_v1_ListApprovalsRequest, callback: grpc.requestCallback<_docket_query_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  
  ListDecisions(argument: _docket_query_v1_ListDecisionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListDecisionsResponse__Output>): grpc.ClientUnaryCall;
  ListDecisions(argument: _docket_query_v1_ListDecisionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListDecisionsResponse__Output>): grpc.ClientUnaryCall;
  ListDecisions(argument: _docket_query_v1_ListDecisionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListDecisionsResponse__Output>): grpc.ClientUnaryCall;
  ListDecisions(argument: _docket_query_v1_ListDecisionsRequest, callback: grpc.requestCallback<_docket_query_v1_ListDecisionsResponse__Output>): grpc.ClientUnaryCall;
  listDecisions(argument: _docket_query_v1_ListDecisionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListDecisionsResponse__Output>): grpc.ClientUnaryCall;
  listDecisions(argument: _docket_query_v1_ListDecisionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListDecisionsResponse__Output>): grpc.ClientUnaryCall;
  listDecisions(argument: _docket_query_v1_ListDecisionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListDecisionsResponse__Output>): grpc.ClientUnaryCall;
  listDecisions(argument: _docket_query_v1_ListDecisionsRequest, callback: grpc.requestCallback<_docket_query_v1_ListDecisionsResponse__Output>): grpc.ClientUnaryCall;
  
  ListGrants(argument: _docket_query_v1_ListGrantsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  ListGrants(argument: _docket_query_v1_ListGrantsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  ListGrants(argument: _docket_query_v1_ListGrantsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  ListGrants(argument: _docket_query_v1_ListGrantsRequest, callback: grpc.requestCallback<_docket_query_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  listGrants(argument: _docket_query_v1_ListGrantsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  listGrants(argument: _docket_query_v1_ListGrantsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  listGrants(argument: _docket_query_v1_ListGrantsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  listGrants(argument: _docket_query_v1_ListGrantsRequest, callback: grpc.requestCallback<_docket_query_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  
  ListPolicies(argument: _docket_query_v1_ListPoliciesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  ListPolicies(argument: _docket_query_v1_ListPoliciesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  ListPolicies(argument: _docket_query_v1_ListPoliciesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  ListPolicies(argument: _docket_query_v1_ListPoliciesRequest, callback: grpc.requestCallback<_docket_query_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  listPolicies(argument: _docket_query_v1_ListPoliciesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  listPolicies(argument: _docket_query_v1_ListPoliciesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  listPolicies(argument: _docket_query_v1_ListPoliciesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  listPolicies(argument: _docket_query_v1_ListPoliciesRequest, callback: grpc.requestCallback<_docket_query_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  
  ListProjections(argument: _docket_query_v1_ListProjectionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListProjectionsResponse__Output>): grpc.ClientUnaryCall;
  ListProjections(argument: _docket_query_v1_ListProjectionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListProjectionsResponse__Output>): grpc.ClientUnaryCall;
  ListProjections(argument: _docket_query_v1_ListProjectionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListProjectionsResponse__Output>): grpc.ClientUnaryCall;
  ListProjections(argument: _docket_query_v1_ListProjectionsRequest, callback: grpc.requestCallback<_docket_query_v1_ListProjectionsResponse__Output>): grpc.ClientUnaryCall;
  listProjections(argument: _docket_query_v1_ListProjectionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListProjectionsResponse__Output>): grpc.ClientUnaryCall;
  listProjections(argument: _docket_query_v1_ListProjectionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListProjectionsResponse__Output>): grpc.ClientUnaryCall;
  listProjections(argument: _docket_query_v1_ListProjectionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListProjectionsResponse__Output>): grpc.ClientUnaryCall;
  listProjections(argument: _docket_query_v1_ListProjectionsRequest, callback: grpc.requestCallback<_docket_query_v1_ListProjectionsResponse__Output>): grpc.ClientUnaryCall;
  
  ListServers(argument: _docket_query_v1_ListServersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  ListServers(argument: _docket_query_v1_ListServersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  ListServers(argument: _docket_query_v1_ListServersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  ListServers(argument: _docket_query_v1_ListServersRequest, callback: grpc.requestCallback<_docket_query_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  listServers(argument: _docket_query_v1_ListServersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  listServers(argument: _docket_query_v1_ListServersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_query_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  listServers(argument: _docket_query_v1_ListServersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_query_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  listServers(argument: _docket_query_v1_ListServersRequest, callback: grpc.requestCallback<_docket_query_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface QueryServiceHandlers extends grpc.UntypedServiceImplementation {
  GetDecision: grpc.handleUnaryCall<_docket_query_v1_GetDecisionRequest__Output, _docket_query_v1_GetDecisionResponse>;
  
  GetLimitWindows: grpc.handleUnaryCall<_docket_query_v1_GetLimitWindowsRequest__Output, _docket_query_v1_GetLimitWindowsResponse>;
  
  GetUsage: grpc.handleUnaryCall<_docket_query_v1_GetUsageRequest__Output, _docket_query_v1_GetUsageResponse>;
  
  ListApprovals: grpc.handleUnaryCall<_docket_query_v1_ListApprovalsRequest__Output, _docket_query_v1_ListApprovalsResponse>;
  
  ListDecisions: grpc.handleUnaryCall<_docket_query_v1_ListDecisionsRequest__Output, _docket_query_v1_ListDecisionsResponse>;
  
  ListGrants: grpc.handleUnaryCall<_docket_query_v1_ListGrantsRequest__Output, _docket_query_v1_ListGrantsResponse>;
  
  ListPolicies: grpc.handleUnaryCall<_docket_query_v1_ListPoliciesRequest__Output, _docket_query_v1_ListPoliciesResponse>;
  
  ListProjections: grpc.handleUnaryCall<_docket_query_v1_ListProjectionsRequest__Output, _docket_query_v1_ListProjectionsResponse>;
  
  ListServers: grpc.handleUnaryCall<_docket_query_v1_ListServersRequest__Output, _docket_query_v1_ListServersResponse>;
  
}

export interface QueryServiceDefinition extends grpc.ServiceDefinition {
  GetDecision: MethodDefinition<_docket_query_v1_GetDecisionRequest, _docket_query_v1_GetDecisionResponse, _docket_query_v1_GetDecisionRequest__Output, _docket_query_v1_GetDecisionResponse__Output>
  GetLimitWindows: MethodDefinition<_docket_query_v1_GetLimitWindowsRequest, _docket_query_v1_GetLimitWindowsResponse, _docket_query_v1_GetLimitWindowsRequest__Output, _docket_query_v1_GetLimitWindowsResponse__Output>
  GetUsage: MethodDefinition<_docket_query_v1_GetUsageRequest, _docket_query_v1_GetUsageResponse, _docket_query_v1_GetUsageRequest__Output, _docket_query_v1_GetUsageResponse__Output>
  ListApprovals: MethodDefinition<_docket_query_v1_ListApprovalsRequest, _docket_query_v1_ListApprovalsResponse, _docket_query_v1_ListApprovalsRequest__Output, _docket_query_v1_ListApprovalsResponse__Output>
  ListDecisions: MethodDefinition<_docket_query_v1_ListDecisionsRequest, _docket_query_v1_ListDecisionsResponse, _docket_query_v1_ListDecisionsRequest__Output, _docket_query_v1_ListDecisionsResponse__Output>
  ListGrants: MethodDefinition<_docket_query_v1_ListGrantsRequest, _docket_query_v1_ListGrantsResponse, _docket_query_v1_ListGrantsRequest__Output, _docket_query_v1_ListGrantsResponse__Output>
  ListPolicies: MethodDefinition<_docket_query_v1_ListPoliciesRequest, _docket_query_v1_ListPoliciesResponse, _docket_query_v1_ListPoliciesRequest__Output, _docket_query_v1_ListPoliciesResponse__Output>
  ListProjections: MethodDefinition<_docket_query_v1_ListProjectionsRequest, _docket_query_v1_ListProjectionsResponse, _docket_query_v1_ListProjectionsRequest__Output, _docket_query_v1_ListProjectionsResponse__Output>
  ListServers: MethodDefinition<_docket_query_v1_ListServersRequest, _docket_query_v1_ListServersResponse, _docket_query_v1_ListServersRequest__Output, _docket_query_v1_ListServersResponse__Output>
}
