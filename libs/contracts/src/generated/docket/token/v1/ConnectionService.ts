// Original file: proto/docket/token/v1/connection.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetConnectionRequest as _docket_token_v1_GetConnectionRequest, GetConnectionRequest__Output as _docket_token_v1_GetConnectionRequest__Output } from '../../../docket/token/v1/GetConnectionRequest.js';
import type { GetConnectionResponse as _docket_token_v1_GetConnectionResponse, GetConnectionResponse__Output as _docket_token_v1_GetConnectionResponse__Output } from '../../../docket/token/v1/GetConnectionResponse.js';
import type { ListConnectionsRequest as _docket_token_v1_ListConnectionsRequest, ListConnectionsRequest__Output as _docket_token_v1_ListConnectionsRequest__Output } from '../../../docket/token/v1/ListConnectionsRequest.js';
import type { ListConnectionsResponse as _docket_token_v1_ListConnectionsResponse, ListConnectionsResponse__Output as _docket_token_v1_ListConnectionsResponse__Output } from '../../../docket/token/v1/ListConnectionsResponse.js';
import type { RegisterConnectionRequest as _docket_token_v1_RegisterConnectionRequest, RegisterConnectionRequest__Output as _docket_token_v1_RegisterConnectionRequest__Output } from '../../../docket/token/v1/RegisterConnectionRequest.js';
import type { RegisterConnectionResponse as _docket_token_v1_RegisterConnectionResponse, RegisterConnectionResponse__Output as _docket_token_v1_RegisterConnectionResponse__Output } from '../../../docket/token/v1/RegisterConnectionResponse.js';
import type { RemoveConnectionRequest as _docket_token_v1_RemoveConnectionRequest, RemoveConnectionRequest__Output as _docket_token_v1_RemoveConnectionRequest__Output } from '../../../docket/token/v1/RemoveConnectionRequest.js';
import type { RemoveConnectionResponse as _docket_token_v1_RemoveConnectionResponse, RemoveConnectionResponse__Output as _docket_token_v1_RemoveConnectionResponse__Output } from '../../../docket/token/v1/RemoveConnectionResponse.js';
import type { ResetBreakerRequest as _docket_token_v1_ResetBreakerRequest, ResetBreakerRequest__Output as _docket_token_v1_ResetBreakerRequest__Output } from '../../../docket/token/v1/ResetBreakerRequest.js';
import type { ResetBreakerResponse as _docket_token_v1_ResetBreakerResponse, ResetBreakerResponse__Output as _docket_token_v1_ResetBreakerResponse__Output } from '../../../docket/token/v1/ResetBreakerResponse.js';
import type { ResumeConnectionRequest as _docket_token_v1_ResumeConnectionRequest, ResumeConnectionRequest__Output as _docket_token_v1_ResumeConnectionRequest__Output } from '../../../docket/token/v1/ResumeConnectionRequest.js';
import type { ResumeConnectionResponse as _docket_token_v1_ResumeConnectionResponse, ResumeConnectionResponse__Output as _docket_token_v1_ResumeConnectionResponse__Output } from '../../../docket/token/v1/ResumeConnectionResponse.js';
import type { RotateSecretRequest as _docket_token_v1_RotateSecretRequest, RotateSecretRequest__Output as _docket_token_v1_RotateSecretRequest__Output } from '../../../docket/token/v1/RotateSecretRequest.js';
import type { RotateSecretResponse as _docket_token_v1_RotateSecretResponse, RotateSecretResponse__Output as _docket_token_v1_RotateSecretResponse__Output } from '../../../docket/token/v1/RotateSecretResponse.js';
import type { SuspendConnectionRequest as _docket_token_v1_SuspendConnectionRequest, SuspendConnectionRequest__Output as _docket_token_v1_SuspendConnectionRequest__Output } from '../../../docket/token/v1/SuspendConnectionRequest.js';
import type { SuspendConnectionResponse as _docket_token_v1_SuspendConnectionResponse, SuspendConnectionResponse__Output as _docket_token_v1_SuspendConnectionResponse__Output } from '../../../docket/token/v1/SuspendConnectionResponse.js';

export interface ConnectionServiceClient extends grpc.Client {
  Get(argument: _docket_token_v1_GetConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_GetConnectionResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _docket_token_v1_GetConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_GetConnectionResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _docket_token_v1_GetConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_GetConnectionResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _docket_token_v1_GetConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_GetConnectionResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _docket_token_v1_GetConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_GetConnectionResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _docket_token_v1_GetConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_GetConnectionResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _docket_token_v1_GetConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_GetConnectionResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _docket_token_v1_GetConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_GetConnectionResponse__Output>): grpc.ClientUnaryCall;
  
  List(argument: _docket_token_v1_ListConnectionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ListConnectionsResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _docket_token_v1_ListConnectionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_ListConnectionsResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _docket_token_v1_ListConnectionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ListConnectionsResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _docket_token_v1_ListConnectionsRequest, callback: grpc.requestCallback<_docket_token_v1_ListConnectionsResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _docket_token_v1_ListConnectionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ListConnectionsResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _docket_token_v1_ListConnectionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_ListConnectionsResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _docket_token_v1_ListConnectionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ListConnectionsResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _docket_token_v1_ListConnectionsRequest, callback: grpc.requestCallback<_docket_token_v1_ListConnectionsResponse__Output>): grpc.ClientUnaryCall;
  
  Register(argument: _docket_token_v1_RegisterConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RegisterConnectionResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _docket_token_v1_RegisterConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RegisterConnectionResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _docket_token_v1_RegisterConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RegisterConnectionResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _docket_token_v1_RegisterConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_RegisterConnectionResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _docket_token_v1_RegisterConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RegisterConnectionResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _docket_token_v1_RegisterConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RegisterConnectionResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _docket_token_v1_RegisterConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RegisterConnectionResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _docket_token_v1_RegisterConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_RegisterConnectionResponse__Output>): grpc.ClientUnaryCall;
  
  Remove(argument: _docket_token_v1_RemoveConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RemoveConnectionResponse__Output>): grpc.ClientUnaryCall;
  Remove(argument: _docket_token_v1_RemoveConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RemoveConnectionResponse__Output>): grpc.ClientUnaryCall;
  Remove(argument: _docket_token_v1_RemoveConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RemoveConnectionResponse__Output>): grpc.ClientUnaryCall;
  Remove(argument: _docket_token_v1_RemoveConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_RemoveConnectionResponse__Output>): grpc.ClientUnaryCall;
  remove(argument: _docket_token_v1_RemoveConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RemoveConnectionResponse__Output>): grpc.ClientUnaryCall;
  remove(argument: _docket_token_v1_RemoveConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RemoveConnectionResponse__Output>): grpc.ClientUnaryCall;
  remove(argument: _docket_token_v1_RemoveConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RemoveConnectionResponse__Output>): grpc.ClientUnaryCall;
  remove(argument: _docket_token_v1_RemoveConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_RemoveConnectionResponse__Output>): grpc.ClientUnaryCall;
  
  ResetBreaker(argument: _docket_token_v1_ResetBreakerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ResetBreakerResponse__Output>): grpc.ClientUnaryCall;
  ResetBreaker(argument: _docket_token_v1_ResetBreakerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_ResetBreakerResponse__Output>): grpc.ClientUnaryCall;
  ResetBreaker(argument: _docket_token_v1_ResetBreakerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ResetBreakerResponse__Output>): grpc.ClientUnaryCall;
  ResetBreaker(argument: _docket_token_v1_ResetBreakerRequest, callback: grpc.requestCallback<_docket_token_v1_ResetBreakerResponse__Output>): grpc.ClientUnaryCall;
  resetBreaker(argument: _docket_token_v1_ResetBreakerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ResetBreakerResponse__Output>): grpc.ClientUnaryCall;
  resetBreaker(argument: _docket_token_v1_ResetBreakerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_ResetBreakerResponse__Output>): grpc.ClientUnaryCall;
  resetBreaker(argument: _docket_token_v1_ResetBreakerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ResetBreakerResponse__Output>): grpc.ClientUnaryCall;
  resetBreaker(argument: _docket_token_v1_ResetBreakerRequest, callback: grpc.requestCallback<_docket_token_v1_ResetBreakerResponse__Output>): grpc.ClientUnaryCall;
  
  Resume(argument: _docket_token_v1_ResumeConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ResumeConnectionResponse__Output>): grpc.ClientUnaryCall;
  Resume(argument: _docket_token_v1_ResumeConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_ResumeConnectionResponse__Output>): grpc.ClientUnaryCall;
  Resume(argument: _docket_token_v1_ResumeConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ResumeConnectionResponse__Output>): grpc.ClientUnaryCall;
  Resume(argument: _docket_token_v1_ResumeConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_ResumeConnectionResponse__Output>): grpc.ClientUnaryCall;
  resume(argument: _docket_token_v1_ResumeConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ResumeConnectionResponse__Output>): grpc.ClientUnaryCall;
  resume(argument: _docket_token_v1_ResumeConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_ResumeConnectionResponse__Output>): grpc.ClientUnaryCall;
  resume(argument: _docket_token_v1_ResumeConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ResumeConnectionResponse__Output>): grpc.ClientUnaryCall;
  resume(argument: _docket_token_v1_ResumeConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_ResumeConnectionResponse__Output>): grpc.ClientUnaryCall;
  
  RotateSecret(argument: _docket_token_v1_RotateSecretRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RotateSecretResponse__Output>): grpc.ClientUnaryCall;
  RotateSecret(argument: _docket_token_v1_RotateSecretRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RotateSecretResponse__Output>): grpc.ClientUnaryCall;
  RotateSecret(argument: _docket_token_v1_RotateSecretRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RotateSecretResponse__Output>): grpc.ClientUnaryCall;
  RotateSecret(argument: _docket_token_v1_RotateSecretRequest, callback: grpc.requestCallback<_docket_token_v1_RotateSecretResponse__Output>): grpc.ClientUnaryCall;
  rotateSecret(argument: _docket_token_v1_RotateSecretRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RotateSecretResponse__Output>): grpc.ClientUnaryCall;
  rotateSecret(argument: _docket_token_v1_RotateSecretRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RotateSecretResponse__Output>): grpc.ClientUnaryCall;
  rotateSecret(argument: _docket_token_v1_RotateSecretRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RotateSecretResponse__Output>): grpc.ClientUnaryCall;
  rotateSecret(argument: _docket_token_v1_RotateSecretRequest, callback: grpc.requestCallback<_docket_token_v1_RotateSecretResponse__Output>): grpc.ClientUnaryCall;
  
  Suspend(argument: _docket_token_v1_SuspendConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_SuspendConnectionResponse__Output>): grpc.ClientUnaryCall;
  Suspend(argument: _docket_token_v1_SuspendConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_SuspendConnectionResponse__Output>): grpc.ClientUnaryCall;
  Suspend(argument: _docket_token_v1_SuspendConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_SuspendConnectionResponse__Output>): grpc.ClientUnaryCall;
  Suspend(argument: _docket_token_v1_SuspendConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_SuspendConnectionResponse__Output>): grpc.ClientUnaryCall;
  suspend(argument: _docket_token_v1_SuspendConnectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_SuspendConnectionResponse__Output>): grpc.ClientUnaryCall;
  suspend(argument: _docket_token_v1_SuspendConnectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_SuspendConnectionResponse__Output>): grpc.ClientUnaryCall;
  suspend(argument: _docket_token_v1_SuspendConnectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_SuspendConnectionResponse__Output>): grpc.ClientUnaryCall;
  suspend(argument: _docket_token_v1_SuspendConnectionRequest, callback: grpc.requestCallback<_docket_token_v1_SuspendConnectionResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface ConnectionServiceHandlers extends grpc.UntypedServiceImplementation {
  Get: grpc.handleUnaryCall<_docket_token_v1_GetConnectionRequest__Output, _docket_token_v1_GetConnectionResponse>;
  
  List: grpc.handleUnaryCall<_docket_token_v1_ListConnectionsRequest__Output, _docket_token_v1_ListConnectionsResponse>;
  
  Register: grpc.handleUnaryCall<_docket_token_v1_RegisterConnectionRequest__Output, _docket_token_v1_RegisterConnectionResponse>;
  
  Remove: grpc.handleUnaryCall<_docket_token_v1_RemoveConnectionRequest__Output, _docket_token_v1_RemoveConnectionResponse>;
  
  ResetBreaker: grpc.handleUnaryCall<_docket_token_v1_ResetBreakerRequest__Output, _docket_token_v1_ResetBreakerResponse>;
  
  Resume: grpc.handleUnaryCall<_docket_token_v1_ResumeConnectionRequest__Output, _docket_token_v1_ResumeConnectionResponse>;
  
  RotateSecret: grpc.handleUnaryCall<_docket_token_v1_RotateSecretRequest__Output, _docket_token_v1_RotateSecretResponse>;
  
  Suspend: grpc.handleUnaryCall<_docket_token_v1_SuspendConnectionRequest__Output, _docket_token_v1_SuspendConnectionResponse>;
  
}

export interface ConnectionServiceDefinition extends grpc.ServiceDefinition {
  Get: MethodDefinition<_docket_token_v1_GetConnectionRequest, _docket_token_v1_GetConnectionResponse, _docket_token_v1_GetConnectionRequest__Output, _docket_token_v1_GetConnectionResponse__Output>
  List: MethodDefinition<_docket_token_v1_ListConnectionsRequest, _docket_token_v1_ListConnectionsResponse, _docket_token_v1_ListConnectionsRequest__Output, _docket_token_v1_ListConnectionsResponse__Output>
  Register: MethodDefinition<_docket_token_v1_RegisterConnectionRequest, _docket_token_v1_RegisterConnectionResponse, _docket_token_v1_RegisterConnectionRequest__Output, _docket_token_v1_RegisterConnectionResponse__Output>
  Remove: MethodDefinition<_docket_token_v1_RemoveConnectionRequest, _docket_token_v1_RemoveConnectionResponse, _docket_token_v1_RemoveConnectionRequest__Output, _docket_token_v1_RemoveConnectionResponse__Output>
  ResetBreaker: MethodDefinition<_docket_token_v1_ResetBreakerRequest, _docket_token_v1_ResetBreakerResponse, _docket_token_v1_ResetBreakerRequest__Output, _docket_token_v1_ResetBreakerResponse__Output>
  Resume: MethodDefinition<_docket_token_v1_ResumeConnectionRequest, _docket_token_v1_ResumeConnectionResponse, _docket_token_v1_ResumeConnectionRequest__Output, _docket_token_v1_ResumeConnectionResponse__Output>
  RotateSecret: MethodDefinition<_docket_token_v1_RotateSecretRequest, _docket_token_v1_RotateSecretResponse, _docket_token_v1_RotateSecretRequest__Output, _docket_token_v1_RotateSecretResponse__Output>
  Suspend: MethodDefinition<_docket_token_v1_SuspendConnectionRequest, _docket_token_v1_SuspendConnectionResponse, _docket_token_v1_SuspendConnectionRequest__Output, _docket_token_v1_SuspendConnectionResponse__Output>
}
