// Original file: proto/docket/cluster/v1/cluster.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetClusterRequest as _docket_cluster_v1_GetClusterRequest, GetClusterRequest__Output as _docket_cluster_v1_GetClusterRequest__Output } from '../../../docket/cluster/v1/GetClusterRequest.js';
import type { GetClusterResponse as _docket_cluster_v1_GetClusterResponse, GetClusterResponse__Output as _docket_cluster_v1_GetClusterResponse__Output } from '../../../docket/cluster/v1/GetClusterResponse.js';
import type { GetNodeRequest as _docket_cluster_v1_GetNodeRequest, GetNodeRequest__Output as _docket_cluster_v1_GetNodeRequest__Output } from '../../../docket/cluster/v1/GetNodeRequest.js';
import type { GetNodeResponse as _docket_cluster_v1_GetNodeResponse, GetNodeResponse__Output as _docket_cluster_v1_GetNodeResponse__Output } from '../../../docket/cluster/v1/GetNodeResponse.js';
import type { TakeOverRequest as _docket_cluster_v1_TakeOverRequest, TakeOverRequest__Output as _docket_cluster_v1_TakeOverRequest__Output } from '../../../docket/cluster/v1/TakeOverRequest.js';
import type { TakeOverResponse as _docket_cluster_v1_TakeOverResponse, TakeOverResponse__Output as _docket_cluster_v1_TakeOverResponse__Output } from '../../../docket/cluster/v1/TakeOverResponse.js';

export interface ClusterServiceClient extends grpc.Client {
  GetCluster(argument: _docket_cluster_v1_GetClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  GetCluster(argument: _docket_cluster_v1_GetClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_cluster_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  GetCluster(argument: _docket_cluster_v1_GetClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  GetCluster(argument: _docket_cluster_v1_GetClusterRequest, callback: grpc.requestCallback<_docket_cluster_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  getCluster(argument: _docket_cluster_v1_GetClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  getCluster(argument: _docket_cluster_v1_GetClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_cluster_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  getCluster(argument: _docket_cluster_v1_GetClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  getCluster(argument: _docket_cluster_v1_GetClusterRequest, callback: grpc.requestCallback<_docket_cluster_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  
  GetNode(argument: _docket_cluster_v1_GetNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_GetNodeResponse__Output>): grpc.ClientUnaryCall;
  GetNode(argument: _docket_cluster_v1_GetNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_cluster_v1_GetNodeResponse__Output>): grpc.ClientUnaryCall;
  GetNode(argument: _docket_cluster_v1_GetNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_GetNodeResponse__Output>): grpc.ClientUnaryCall;
  GetNode(argument: _docket_cluster_v1_GetNodeRequest, callback: grpc.requestCallback<_docket_cluster_v1_GetNodeResponse__Output>): grpc.ClientUnaryCall;
  getNode(argument: _docket_cluster_v1_GetNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_GetNodeResponse__Output>): grpc.ClientUnaryCall;
  getNode(argument: _docket_cluster_v1_GetNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_cluster_v1_GetNodeResponse__Output>): grpc.ClientUnaryCall;
  getNode(argument: _docket_cluster_v1_GetNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_GetNodeResponse__Output>): grpc.ClientUnaryCall;
  getNode(argument: _docket_cluster_v1_GetNodeRequest, callback: grpc.requestCallback<_docket_cluster_v1_GetNodeResponse__Output>): grpc.ClientUnaryCall;
  
  TakeOver(argument: _docket_cluster_v1_TakeOverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_TakeOverResponse__Output>): grpc.ClientUnaryCall;
  TakeOver(argument: _docket_cluster_v1_TakeOverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_cluster_v1_TakeOverResponse__Output>): grpc.ClientUnaryCall;
  TakeOver(argument: _docket_cluster_v1_TakeOverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_TakeOverResponse__Output>): grpc.ClientUnaryCall;
  TakeOver(argument: _docket_cluster_v1_TakeOverRequest, callback: grpc.requestCallback<_docket_cluster_v1_TakeOverResponse__Output>): grpc.ClientUnaryCall;
  takeOver(argument: _docket_cluster_v1_TakeOverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_TakeOverResponse__Output>): grpc.ClientUnaryCall;
  takeOver(argument: _docket_cluster_v1_TakeOverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_cluster_v1_TakeOverResponse__Output>): grpc.ClientUnaryCall;
  takeOver(argument: _docket_cluster_v1_TakeOverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_cluster_v1_TakeOverResponse__Output>): grpc.ClientUnaryCall;
  takeOver(argument: _docket_cluster_v1_TakeOverRequest, callback: grpc.requestCallback<_docket_cluster_v1_TakeOverResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface ClusterServiceHandlers extends grpc.UntypedServiceImplementation {
  GetCluster: grpc.handleUnaryCall<_docket_cluster_v1_GetClusterRequest__Output, _docket_cluster_v1_GetClusterResponse>;
  
  GetNode: grpc.handleUnaryCall<_docket_cluster_v1_GetNodeRequest__Output, _docket_cluster_v1_GetNodeResponse>;
  
  TakeOver: grpc.handleUnaryCall<_docket_cluster_v1_TakeOverRequest__Output, _docket_cluster_v1_TakeOverResponse>;
  
}

export interface ClusterServiceDefinition extends grpc.ServiceDefinition {
  GetCluster: MethodDefinition<_docket_cluster_v1_GetClusterRequest, _docket_cluster_v1_GetClusterResponse, _docket_cluster_v1_GetClusterRequest__Output, _docket_cluster_v1_GetClusterResponse__Output>
  GetNode: MethodDefinition<_docket_cluster_v1_GetNodeRequest, _docket_cluster_v1_GetNodeResponse, _docket_cluster_v1_GetNodeRequest__Output, _docket_cluster_v1_GetNodeResponse__Output>
  TakeOver: MethodDefinition<_docket_cluster_v1_TakeOverRequest, _docket_cluster_v1_TakeOverResponse, _docket_cluster_v1_TakeOverRequest__Output, _docket_cluster_v1_TakeOverResponse__Output>
}
