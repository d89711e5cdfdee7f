// Original file: proto/docket/node/v1/node.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ApplyRequest as _docket_node_v1_ApplyRequest, ApplyRequest__Output as _docket_node_v1_ApplyRequest__Output } from '../../../docket/node/v1/ApplyRequest.js';
import type { ApplyResponse as _docket_node_v1_ApplyResponse, ApplyResponse__Output as _docket_node_v1_ApplyResponse__Output } from '../../../docket/node/v1/ApplyResponse.js';

export interface NodeServiceClient extends grpc.Client {
  Apply(argument: _docket_node_v1_ApplyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_node_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _docket_node_v1_ApplyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_node_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _docket_node_v1_ApplyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_node_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _docket_node_v1_ApplyRequest, callback: grpc.requestCallback<_docket_node_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _docket_node_v1_ApplyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_node_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _docket_node_v1_ApplyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_node_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _docket_node_v1_ApplyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_node_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _docket_node_v1_ApplyRequest, callback: grpc.requestCallback<_docket_node_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface NodeServiceHandlers extends grpc.UntypedServiceImplementation {
  Apply: grpc.handleUnaryCall<_docket_node_v1_ApplyRequest__Output, _docket_node_v1_ApplyResponse>;
  
}

export interface NodeServiceDefinition extends grpc.ServiceDefinition {
  Apply: MethodDefinition<_docket_node_v1_ApplyRequest, _docket_node_v1_ApplyResponse, _docket_node_v1_ApplyRequest__Output, _docket_node_v1_ApplyResponse__Output>
}
