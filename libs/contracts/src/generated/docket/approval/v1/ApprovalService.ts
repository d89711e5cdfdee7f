// Original file: proto/docket/approval/v1/approval.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetApprovalCardRequest as _docket_approval_v1_GetApprovalCardRequest, GetApprovalCardRequest__Output as _docket_approval_v1_GetApprovalCardRequest__Output } from '../../../docket/approval/v1/GetApprovalCardRequest.js';
import type { GetApprovalCardResponse as _docket_approval_v1_GetApprovalCardResponse, GetApprovalCardResponse__Output as _docket_approval_v1_GetApprovalCardResponse__Output } from '../../../docket/approval/v1/GetApprovalCardResponse.js';
import type { GetApprovalRequest as _docket_approval_v1_GetApprovalRequest, GetApprovalRequest__Output as _docket_approval_v1_GetApprovalRequest__Output } from '../../../docket/approval/v1/GetApprovalRequest.js';
import type { GetApprovalResponse as _docket_approval_v1_GetApprovalResponse, GetApprovalResponse__Output as _docket_approval_v1_GetApprovalResponse__Output } from '../../../docket/approval/v1/GetApprovalResponse.js';
import type { ListApprovalsRequest as _docket_approval_v1_ListApprovalsRequest, ListApprovalsRequest__Output as _docket_approval_v1_ListApprovalsRequest__Output } from '../../../docket/approval/v1/ListApprovalsRequest.js';
import type { ListApprovalsResponse as _docket_approval_v1_ListApprovalsResponse, ListApprovalsResponse__Output as _docket_approval_v1_ListApprovalsResponse__Output } from '../../../docket/approval/v1/ListApprovalsResponse.js';
import type { ResolveApprovalRequest as _docket_approval_v1_ResolveApprovalRequest, ResolveApprovalRequest__Output as _docket_approval_v1_ResolveApprovalRequest__Output } from '../../../docket/approval/v1/ResolveApprovalRequest.js';
import type { ResolveApprovalResponse as _docket_approval_v1_ResolveApprovalResponse, ResolveApprovalResponse__Output as _docket_approval_v1_ResolveApprovalResponse__Output } from '../../../docket/approval/v1/ResolveApprovalResponse.js';
import type { WaitApprovalRequest as _docket_approval_v1_WaitApprovalRequest, WaitApprovalRequest__Output as _docket_approval_v1_WaitApprovalRequest__Output } from '../../../docket/approval/v1/WaitApprovalRequest.js';
import type { WaitApprovalResponse as _docket_approval_v1_WaitApprovalResponse, WaitApprovalResponse__Output as _docket_approval_v1_WaitApprovalResponse__Output } from '../../../docket/approval/v1/WaitApprovalResponse.js';

export interface ApprovalServiceClient extends grpc.Client {
  GetApproval(argument: _docket_approval_v1_GetApprovalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalResponse__Output>): grpc.ClientUnaryCall;
  GetApproval(argument: _docket_approval_v1_GetApprovalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalResponse__Output>): grpc.ClientUnaryCall;
  GetApproval(argument: _docket_approval_v1_GetApprovalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalResponse__Output>): grpc.ClientUnaryCall;
  GetApproval(argument: _docket_approval_v1_GetApprovalRequest, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalResponse__Output>): grpc.ClientUnaryCall;
  getApproval(argument: _docket_approval_v1_GetApprovalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalResponse__Output>): grpc.ClientUnaryCall;
  getApproval(argument: _docket_approval_v1_GetApprovalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalResponse__Output>): grpc.ClientUnaryCall;
  getApproval(argument: _docket_approval_v1_GetApprovalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalResponse__Output>): grpc.ClientUnaryCall;
  getApproval(argument: _docket_approval_v1_GetApprovalRequest, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalResponse__Output>): grpc.ClientUnaryCall;
  
  GetApprovalCard(argument: _docket_approval_v1_GetApprovalCardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalCardResponse__Output>): grpc.ClientUnaryCall;
  GetApprovalCard(argument: _docket_approval_v1_GetApprovalCardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalCardResponse__Output>): grpc.ClientUnaryCall;
  GetApprovalCard(argument: _docket_approval_v1_GetApprovalCardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalCardResponse__Output>): grpc.ClientUnaryCall;
  GetApprovalCard(argument: _docket_approval_v1_GetApprovalCardRequest, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalCardResponse__Output>): grpc.ClientUnaryCall;
  getApprovalCard(argument: _docket_approval_v1_GetApprovalCardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalCardResponse__Output>): grpc.ClientUnaryCall;
  getApprovalCard(argument: _docket_approval_v1_GetApprovalCardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalCardResponse__Output>): grpc.ClientUnaryCall;
  getApprovalCard(argument: _docket_approval_v1_GetApprovalCardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalCardResponse__Output>): grpc.ClientUnaryCall;
  getApprovalCard(argument: _docket_approval_v1_GetApprovalCardRequest, callback: grpc.requestCallback<_docket_approval_v1_GetApprovalCardResponse__Output>): grpc.ClientUnaryCall;
  
  ListApprovals(argument: _docket_approval_v1_ListApprovalsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  ListApprovals(argument: _docket_approval_v1_ListApprovalsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  ListApprovals(argument: _docket_approval_v1_ListApprovalsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  ListApprovals(argument: _docket_approval_v1_ListApprovalsRequest, callback: grpc.requestCallback<_docket_approval_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  listApprovals(argument: _docket_approval_v1_ListApprovalsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  listApprovals(argument: _docket_approval_v1_ListApprovalsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  listApprovals(argument: _docket_approval_v1_ListApprovalsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  listApprovals(argument: _docket_approval_v1_ListApprovalsRequest, callback: grpc.requestCallback<_docket_approval_v1_ListApprovalsResponse__Output>): grpc.ClientUnaryCall;
  
  ResolveApproval(argument: _docket_approval_v1_ResolveApprovalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_ResolveApprovalResponse__Output>): grpc.ClientUnaryCall;
  ResolveApproval(argument: _docket_approval_v1_ResolveApprovalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_ResolveApprovalResponse__Output>): grpc.ClientUnaryCall;
  ResolveApproval(argument: _docket_approval_v1_ResolveApprovalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_ResolveApprovalResponse__Output>): grpc.ClientUnaryCall;
  ResolveApproval(argument: _docket_approval_v1_ResolveApprovalRequest, callback: grpc.requestCallback<_docket_approval_v1_ResolveApprovalResponse__Output>): grpc.ClientUnaryCall;
  resolveApproval(argument: _docket_approval_v1_ResolveApprovalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_ResolveApprovalResponse__Output>): grpc.ClientUnaryCall;
  resolveApproval(argument: _docket_approval_v1_ResolveApprovalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_ResolveApprovalResponse__Output>): grpc.ClientUnaryCall;
  resolveApproval(argument: _docket_approval_v1_ResolveApprovalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_ResolveApprovalResponse__Output>): grpc.ClientUnaryCall;
  resolveApproval(argument: _docket_approval_v1_ResolveApprovalRequest, callback: grpc.requestCallback<_docket_approval_v1_ResolveApprovalResponse__Output>): grpc.ClientUnaryCall;
  
  WaitApproval(argument: _docket_approval_v1_WaitApprovalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_WaitApprovalResponse__Output>): grpc.ClientUnaryCall;
  WaitApproval(argument: _docket_approval_v1_WaitApprovalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_WaitApprovalResponse__Output>): grpc.ClientUnaryCall;
  WaitApproval(argument: _docket_approval_v1_WaitApprovalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_WaitApprovalResponse__Output>): grpc.ClientUnaryCall;
  WaitApproval(argument: _docket_approval_v1_WaitApprovalRequest, callback: grpc.requestCallback<_docket_approval_v1_WaitApprovalResponse__Output>): grpc.ClientUnaryCall;
  waitApproval(argument: _docket_approval_v1_WaitApprovalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_WaitApprovalResponse__Output>): grpc.ClientUnaryCall;
  waitApproval(argument: _docket_approval_v1_WaitApprovalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_approval_v1_WaitApprovalResponse__Output>): grpc.ClientUnaryCall;
  waitApproval(argument: _docket_approval_v1_WaitApprovalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_approval_v1_WaitApprovalResponse__Output>): grpc.ClientUnaryCall;
  waitApproval(argument: _docket_approval_v1_WaitApprovalRequest, callback: grpc.requestCallback<_docket_approval_v1_WaitApprovalResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface ApprovalServiceHandlers extends grpc.UntypedServiceImplementation {
  GetApproval: grpc.handleUnaryCall<_docket_approval_v1_GetApprovalRequest__Output, _docket_approval_v1_GetApprovalResponse>;
  
  GetApprovalCard: grpc.handleUnaryCall<_docket_approval_v1_GetApprovalCardRequest__Output, _docket_approval_v1_GetApprovalCardResponse>;
  
  ListApprovals: grpc.handleUnaryCall<_docket_approval_v1_ListApprovalsRequest__Output, _docket_approval_v1_ListApprovalsResponse>;
  
  ResolveApproval: grpc.handleUnaryCall<_docket_approval_v1_ResolveApprovalRequest__Output, _docket_approval_v1_ResolveApprovalResponse>;
  
  WaitApproval: grpc.handleUnaryCall<_docket_approval_v1_WaitApprovalRequest__Output, _docket_approval_v1_WaitApprovalResponse>;
  
}

export interface ApprovalServiceDefinition extends grpc.ServiceDefinition {
  GetApproval: MethodDefinition<_docket_approval_v1_GetApprovalRequest, _docket_approval_v1_GetApprovalResponse, _docket_approval_v1_GetApprovalRequest__Output, _docket_approval_v1_GetApprovalResponse__Output>
  GetApprovalCard: MethodDefinition<_docket_approval_v1_GetApprovalCardRequest, _docket_approval_v1_GetApprovalCardResponse, _docket_approval_v1_GetApprovalCardRequest__Output, _docket_approval_v1_GetApprovalCardResponse__Output>
  ListApprovals: MethodDefinition<_docket_approval_v1_ListApprovalsRequest, _docket_approval_v1_ListApprovalsResponse, _docket_approval_v1_ListApprovalsRequest__Output, _docket_approval_v1_ListApprovalsResponse__Output>
  ResolveApproval: MethodDefinition<_docket_approval_v1_ResolveApprovalRequest, _docket_approval_v1_ResolveApprovalResponse, _docket_approval_v1_ResolveApprovalRequest__Output, _docket_approval_v1_ResolveApprovalResponse__Output>
  WaitApproval: MethodDefinition<_docket_approval_v1_WaitApprovalRequest, _docket_approval_v1_WaitApprovalResponse, _docket_approval_v1_WaitApprovalRequest__Output, _docket_approval_v1_WaitApprovalResponse__Output>
}
