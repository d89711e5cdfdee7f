// Original file: proto/docket/token/v1/token.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetTokenRequest as _docket_token_v1_GetTokenRequest, GetTokenRequest__Output as _docket_token_v1_GetTokenRequest__Output } from '../../../docket/token/v1/GetTokenRequest.js';
import type { GetTokenResponse as _docket_token_v1_GetTokenResponse, GetTokenResponse__Output as _docket_token_v1_GetTokenResponse__Output } from '../../../docket/token/v1/GetTokenResponse.js';
import type { MaskTokensRequest as _docket_token_v1_MaskTokensRequest, MaskTokensRequest__Output as _docket_token_v1_MaskTokensRequest__Output } from '../../../docket/token/v1/MaskTokensRequest.js';
import type { MaskTokensResponse as _docket_token_v1_MaskTokensResponse, MaskTokensResponse__Output as _docket_token_v1_MaskTokensResponse__Output } from '../../../docket/token/v1/MaskTokensResponse.js';
import type { RejectTokenRequest as _docket_token_v1_RejectTokenRequest, RejectTokenRequest__Output as _docket_token_v1_RejectTokenRequest__Output } from '../../../docket/token/v1/RejectTokenRequest.js';
import type { RejectTokenResponse as _docket_token_v1_RejectTokenResponse, RejectTokenResponse__Output as _docket_token_v1_RejectTokenResponse__Output } from '../../../docket/token/v1/RejectTokenResponse.js';
import type { ReportUsageRequest as _docket_token_v1_ReportUsageRequest, ReportUsageRequest__Output as _docket_token_v1_ReportUsageRequest__Output } from '../../../docket/token/v1/ReportUsageRequest.js';
import type { ReportUsageResponse as _docket_token_v1_ReportUsageResponse, ReportUsageResponse__Output as _docket_token_v1_ReportUsageResponse__Output } from '../../../docket/token/v1/ReportUsageResponse.js';
import type { RestoreGrantRequest as _docket_token_v1_RestoreGrantRequest, RestoreGrantRequest__Output as _docket_token_v1_RestoreGrantRequest__Output } from '../../../docket/token/v1/RestoreGrantRequest.js';
import type { RestoreGrantResponse as _docket_token_v1_RestoreGrantResponse, RestoreGrantResponse__Output as _docket_token_v1_RestoreGrantResponse__Output } from '../../../docket/token/v1/RestoreGrantResponse.js';
import type { RevokeTokenRequest as _docket_token_v1_RevokeTokenRequest, RevokeTokenRequest__Output as _docket_token_v1_RevokeTokenRequest__Output } from '../../../docket/token/v1/RevokeTokenRequest.js';
import type { RevokeTokenResponse as _docket_token_v1_RevokeTokenResponse, RevokeTokenResponse__Output as _docket_token_v1_RevokeTokenResponse__Output } from '../../../docket/token/v1/RevokeTokenResponse.js';
import type { UnwrapRequest as _docket_token_v1_UnwrapRequest, UnwrapRequest__Output as _docket_token_v1_UnwrapRequest__Output } from '../../../docket/token/v1/UnwrapRequest.js';
import type { UnwrapResponse as _docket_token_v1_UnwrapResponse, UnwrapResponse__Output as _docket_token_v1_UnwrapResponse__Output } from '../../../docket/token/v1/UnwrapResponse.js';
import type { WatchTokensRequest as _docket_token_v1_WatchTokensRequest, WatchTokensRequest__Output as _docket_token_v1_WatchTokensRequest__Output } from '../../../docket/token/v1/WatchTokensRequest.js';
import type { WatchTokensResponse as _docket_token_v1_WatchTokensResponse, WatchTokensResponse__Output as _docket_token_v1_WatchTokensResponse__Output } from '../../../docket/token/v1/WatchTokensResponse.js';

export interface TokenServiceClient extends grpc.Client {
  GetToken(argument: _docket_token_v1_GetTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_GetTokenResponse__Output>): grpc.ClientUnaryCall;
  GetToken(argument: _docket_token_v1_GetTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_GetTokenResponse__Output>): grpc.ClientUnaryCall;
  GetToken(argument: _docket_token_v1_GetTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_GetTokenResponse__Output>): grpc.ClientUnaryCall;
  GetToken(argument: _docket_token_v1_GetTokenRequest, callback: grpc.requestCallback<_docket_token_v1_GetTokenResponse__Output>): grpc.ClientUnaryCall;
  getToken(argument: _docket_token_v1_GetTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_GetTokenResponse__Output>): grpc.ClientUnaryCall;
  getToken(argument: _docket_token_v1_GetTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_GetTokenResponse__Output>): grpc.ClientUnaryCall;
  getToken(argument: _docket_token_v1_GetTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_GetTokenResponse__Output>): grpc.ClientUnaryCall;
  getToken(argument: _docket_token_v1_GetTokenRequest, callback: grpc.requestCallback<_docket_token_v1_GetTokenResponse__Output>): grpc.ClientUnaryCall;
  
  MaskTokens(argument: _docket_token_v1_MaskTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_MaskTokensResponse__Output>): grpc.ClientUnaryCall;
  MaskTokens(argument: _docket_token_v1_MaskTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_MaskTokensResponse__Output>): grpc.ClientUnaryCall;
  MaskTokens(argument: _docket_token_v1_MaskTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_MaskTokensResponse__Output>): grpc.ClientUnaryCall;
  MaskTokens(argument: _docket_token_v1_MaskTokensRequest, callback: grpc.requestCallback<_docket_token_v1_MaskTokensResponse__Output>): grpc.ClientUnaryCall;
  maskTokens(argument: _docket_token_v1_MaskTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_MaskTokensResponse__Output>): grpc.ClientUnaryCall;
  maskTokens(argument: _docket_token_v1_MaskTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_MaskTokensResponse__Output>): grpc.ClientUnaryCall;
  maskTokens(argument: _docket_token_v1_MaskTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_MaskTokensResponse__Output>): grpc.ClientUnaryCall;
  maskTokens(argument: _docket_token_v1_MaskTokensRequest, callback: grpc.requestCallback<_docket_token_v1_MaskTokensResponse__Output>): grpc.ClientUnaryCall;
  
  RejectToken(argument: _docket_token_v1_RejectTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RejectTokenResponse__Output>): grpc.ClientUnaryCall;
  RejectToken(argument: _docket_token_v1_RejectTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RejectTokenResponse__Output>): grpc.ClientUnaryCall;
  RejectToken(argument: _docket_token_v1_RejectTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RejectTokenResponse__Output>): grpc.ClientUnaryCall;
  RejectToken(argument: _docket_token_v1_RejectTokenRequest, callback: grpc.requestCallback<_docket_token_v1_RejectTokenResponse__Output>): grpc.ClientUnaryCall;
  rejectToken(argument: _docket_token_v1_RejectTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RejectTokenResponse__Output>): grpc.ClientUnaryCall;
  rejectToken(argument: _docket_token_v1_RejectTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RejectTokenResponse__Output>): grpc.ClientUnaryCall;
  rejectToken(argument: _docket_token_v1_RejectTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RejectTokenResponse__Output>): grpc.ClientUnaryCall;
  rejectToken(argument: _docket_token_v1_RejectTokenRequest, callback: grpc.requestCallback<_docket_token_v1_RejectTokenResponse__Output>): grpc.ClientUnaryCall;
  
  ReportUsage(argument: _docket_token_v1_ReportUsageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ReportUsageResponse__Output>): grpc.ClientUnaryCall;
  ReportUsage(argument: _docket_token_v1_ReportUsageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_ReportUsageResponse__Output>): grpc.ClientUnaryCall;
  ReportUsage(argument: _docket_token_v1_ReportUsageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ReportUsageResponse__Output>): grpc.ClientUnaryCall;
  ReportUsage(argument: _docket_token_v1_ReportUsageRequest, callback: grpc.requestCallback<_docket_token_v1_ReportUsageResponse__Output>): grpc.ClientUnaryCall;
  reportUsage(argument: _docket_token_v1_ReportUsageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ReportUsageResponse__Output>): grpc.ClientUnaryCall;
  reportUsage(argument: _docket_token_v1_ReportUsageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_ReportUsageResponse__Output>): grpc.ClientUnaryCall;
  reportUsage(argument: _docket_token_v1_ReportUsageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_ReportUsageResponse__Output>): grpc.ClientUnaryCall;
  reportUsage(argument: _docket_token_v1_ReportUsageRequest, callback: grpc.requestCallback<_docket_token_v1_ReportUsageResponse__Output>): grpc.ClientUnaryCall;
  
  RestoreGrant(argument: _docket_token_v1_RestoreGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RestoreGrantResponse__Output>): grpc.ClientUnaryCall;
  RestoreGrant(argument: _docket_token_v1_RestoreGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RestoreGrantResponse__Output>): grpc.ClientUnaryCall;
  RestoreGrant(argument: _docket_token_v1_RestoreGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RestoreGrantResponse__Output>): grpc.ClientUnaryCall;
  RestoreGrant(argument: _docket_token_v1_RestoreGrantRequest, callback: grpc.requestCallback<_docket_token_v1_RestoreGrantResponse__Output>): grpc.ClientUnaryCall;
  restoreGrant(argument: _docket_token_v1_RestoreGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RestoreGrantResponse__Output>): grpc.ClientUnaryCall;
  restoreGrant(argument: _docket_token_v1_RestoreGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RestoreGrantResponse__Output>): grpc.ClientUnaryCall;
  restoreGrant(argument: _docket_token_v1_RestoreGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RestoreGrantResponse__Output>): grpc.ClientUnaryCall;
  restoreGrant(argument: _docket_token_v1_RestoreGrantRequest, callback: grpc.requestCallback<_docket_token_v1_RestoreGrantResponse__Output>): grpc.ClientUnaryCall;
  
  RevokeToken(argument: _docket_token_v1_RevokeTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _docket_token_v1_RevokeTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _docket_token_v1_RevokeTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _docket_token_v1_RevokeTokenRequest, callback: grpc.requestCallback<_docket_token_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _docket_token_v1_RevokeTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _docket_token_v1_RevokeTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _docket_token_v1_RevokeTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _docket_token_v1_RevokeTokenRequest, callback: grpc.requestCallback<_docket_token_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  
  Unwrap(argument: _docket_token_v1_UnwrapRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_UnwrapResponse__Output>): grpc.ClientUnaryCall;
  Unwrap(argument: _docket_token_v1_UnwrapRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_UnwrapResponse__Output>): grpc.ClientUnaryCall;
  Unwrap(argument: _docket_token_v1_UnwrapRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_UnwrapResponse__Output>): grpc.ClientUnaryCall;
  Unwrap(argument: _docket_token_v1_UnwrapRequest, callback: grpc.requestCallback<_docket_token_v1_UnwrapResponse__Output>): grpc.ClientUnaryCall;
  unwrap(argument: _docket_token_v1_UnwrapRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_UnwrapResponse__Output>): grpc.ClientUnaryCall;
  unwrap(argument: _docket_token_v1_UnwrapRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_token_v1_UnwrapResponse__Output>): grpc.ClientUnaryCall;
  unwrap(argument: _docket_token_v1_UnwrapRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_token_v1_UnwrapResponse__Output>): grpc.ClientUnaryCall;
  unwrap(argument: _docket_token_v1_UnwrapRequest, callback: grpc.requestCallback<_docket_token_v1_UnwrapResponse__Output>): grpc.ClientUnaryCall;
  
  WatchTokens(argument: _docket_token_v1_WatchTokensRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_docket_token_v1_WatchTokensResponse__Output>;
  WatchTokens(argument: _docket_token_v1_WatchTokensRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_docket_token_v1_WatchTokensResponse__Output>;
  watchTokens(argument: _docket_token_v1_WatchTokensRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_docket_token_v1_WatchTokensResponse__Output>;
  watchTokens(argument: _docket_token_v1_WatchTokensRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_docket_token_v1_WatchTokensResponse__Output>;
  
}

export interface TokenServiceHandlers extends grpc.UntypedServiceImplementation {
  GetToken: grpc.handleUnaryCall<_docket_token_v1_GetTokenRequest__Output, _docket_token_v1_GetTokenResponse>;
  
  MaskTokens: grpc.handleUnaryCall<_docket_token_v1_MaskTokensRequest__Output, _docket_token_v1_MaskTokensResponse>;
  
  RejectToken: grpc.handleUnaryCall<_docket_token_v1_RejectTokenRequest__Output, _docket_token_v1_RejectTokenResponse>;
  
  ReportUsage: grpc.handleUnaryCall<_docket_token_v1_ReportUsageRequest__Output, _docket_token_v1_ReportUsageResponse>;
  
  RestoreGrant: grpc.handleUnaryCall<_docket_token_v1_RestoreGrantRequest__Output, _docket_token_v1_RestoreGrantResponse>;
  
  RevokeToken: grpc.handleUnaryCall<_docket_token_v1_RevokeTokenRequest__Output, _docket_token_v1_RevokeTokenResponse>;
  
  Unwrap: grpc.handleUnaryCall<_docket_token_v1_UnwrapRequest__Output, _docket_token_v1_UnwrapResponse>;
  
  WatchTokens: grpc.handleServerStreamingCall<_docket_token_v1_WatchTokensRequest__Output, _docket_token_v1_WatchTokensResponse>;
  
}

export interface TokenServiceDefinition extends grpc.ServiceDefinition {
  GetToken: MethodDefinition<_docket_token_v1_GetTokenRequest, _docket_token_v1_GetTokenResponse, _docket_token_v1_GetTokenRequest__Output, _docket_token_v1_GetTokenResponse__Output>
  MaskTokens: MethodDefinition<_docket_token_v1_MaskTokensRequest, _docket_token_v1_MaskTokensResponse, _docket_token_v1_MaskTokensRequest__Output, _docket_token_v1_MaskTokensResponse__Output>
  RejectToken: MethodDefinition<_docket_token_v1_RejectTokenRequest, _docket_token_v1_RejectTokenResponse, _docket_token_v1_RejectTokenRequest__Output, _docket_token_v1_RejectTokenResponse__Output>
  ReportUsage: MethodDefinition<_docket_token_v1_ReportUsageRequest, _docket_token_v1_ReportUsageResponse, _docket_token_v1_ReportUsageRequest__Output, _docket_token_v1_ReportUsageResponse__Output>
  RestoreGrant: MethodDefinition<_docket_token_v1_RestoreGrantRequest, _docket_token_v1_RestoreGrantResponse, _docket_token_v1_RestoreGrantRequest__Output, _docket_token_v1_RestoreGrantResponse__Output>
  RevokeToken: MethodDefinition<_docket_token_v1_RevokeTokenRequest, _docket_token_v1_RevokeTokenResponse, _docket_token_v1_RevokeTokenRequest__Output, _docket_token_v1_RevokeTokenResponse__Output>
  Unwrap: MethodDefinition<_docket_token_v1_UnwrapRequest, _docket_token_v1_UnwrapResponse, _docket_token_v1_UnwrapRequest__Output, _docket_token_v1_UnwrapResponse__Output>
  WatchTokens: MethodDefinition<_docket_token_v1_WatchTokensRequest, _docket_token_v1_WatchTokensResponse, _docket_token_v1_WatchTokensRequest__Output, _docket_token_v1_WatchTokensResponse__Output>
}
