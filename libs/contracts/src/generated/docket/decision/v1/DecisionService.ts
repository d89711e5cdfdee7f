// Original file: proto/docket/decision/v1/decision.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DecideRequest as _docket_decision_v1_DecideRequest, DecideRequest__Output as _docket_decision_v1_DecideRequest__Output } from '../../../docket/decision/v1/DecideRequest.js';
import type { DecideResponse as _docket_decision_v1_DecideResponse, DecideResponse__Output as _docket_decision_v1_DecideResponse__Output } from '../../../docket/decision/v1/DecideResponse.js';
import type { DecideStreamRequest as _docket_decision_v1_DecideStreamRequest, DecideStreamRequest__Output as _docket_decision_v1_DecideStreamRequest__Output } from '../../../docket/decision/v1/DecideStreamRequest.js';
import type { DecideStreamResponse as _docket_decision_v1_DecideStreamResponse, DecideStreamResponse__Output as _docket_decision_v1_DecideStreamResponse__Output } from '../../../docket/decision/v1/DecideStreamResponse.js';
import type { GetDecisionRequest as _docket_decision_v1_GetDecisionRequest, GetDecisionRequest__Output as _docket_decision_v1_GetDecisionRequest__Output } from '../../../docket/decision/v1/GetDecisionRequest.js';
import type { ListVisibleToolsRequest as _docket_decision_v1_ListVisibleToolsRequest, ListVisibleToolsRequest__Output as _docket_decision_v1_ListVisibleToolsRequest__Output } from '../../../docket/decision/v1/ListVisibleToolsRequest.js';
import type { ListVisibleToolsResponse as _docket_decision_v1_ListVisibleToolsResponse, ListVisibleToolsResponse__Output as _docket_decision_v1_ListVisibleToolsResponse__Output } from '../../../docket/decision/v1/ListVisibleToolsResponse.js';
import type { SettleRequest as _docket_decision_v1_SettleRequest, SettleRequest__Output as _docket_decision_v1_SettleRequest__Output } from '../../../docket/decision/v1/SettleRequest.js';
import type { SettleResponse as _docket_decision_v1_SettleResponse, SettleResponse__Output as _docket_decision_v1_SettleResponse__Output } from '../../../docket/decision/v1/SettleResponse.js';
import type { WatchGrantsRequest as _docket_decision_v1_WatchGrantsRequest, WatchGrantsRequest__Output as _docket_decision_v1_WatchGrantsRequest__Output } from '../../../docket/decision/v1/WatchGrantsRequest.js';
import type { WatchGrantsResponse as _docket_decision_v1_WatchGrantsResponse, WatchGrantsResponse__Output as _docket_decision_v1_WatchGrantsResponse__Output } from '../../../docket/decision/v1/WatchGrantsResponse.js';

export interface DecisionServiceClient extends grpc.Client {
  Decide(argument: _docket_decision_v1_DecideRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  Decide(argument: _docket_decision_v1_DecideRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  Decide(argument: _docket_decision_v1_DecideRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  Decide(argument: _docket_decision_v1_DecideRequest, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  decide(argument: _docket_decision_v1_DecideRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  decide(argument: _docket_decision_v1_DecideRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  decide(argument: _docket_decision_v1_DecideRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  decide(argument: _docket_decision_v1_DecideRequest, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  
  DecideStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_docket_decision_v1_DecideStreamRequest, _docket_decision_v1_DecideStreamResponse__Output>;
  DecideStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_docket_decision_v1_DecideStreamRequest, _docket_decision_v1_DecideStreamResponse__Output>;
  decideStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_docket_decision_v1_DecideStreamRequest, _docket_decision_v1_DecideStreamResponse__Output>;
  decideStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_docket_decision_v1_DecideStreamRequest, _docket_decision_v1_DecideStreamResponse__Output>;
  
  GetDecision(argument: _docket_decision_v1_GetDecisionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  GetDecision(argument: _docket_decision_v1_GetDecisionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  GetDecision(argument: _docket_decision_v1_GetDecisionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  GetDecision(argument: _docket_decision_v1_GetDecisionRequest, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  getDecision(argument: _docket_decision_v1_GetDecisionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  getDecision(argument: _docket_decision_v1_GetDecisionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  getDecision(argument: _docket_decision_v1_GetDecisionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  getDecision(argument: _docket_decision_v1_GetDecisionRequest, callback: grpc.requestCallback<_docket_decision_v1_DecideResponse__Output>): grpc.ClientUnaryCall;
  
  ListVisibleTools(argument: _docket_decision_v1_ListVisibleToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_ListVisibleToolsResponse__Output>): grpc.ClientUnaryCall;
  ListVisibleTools(argument: _docket_decision_v1_ListVisibleToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_decision_v1_ListVisibleToolsResponse__Output>): grpc.ClientUnaryCall;
  ListVisibleTools(argument: _docket_decision_v1_ListVisibleToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_ListVisibleToolsResponse__Output>): grpc.ClientUnaryCall;
  ListVisibleTools(argument: _docket_decision_v1_ListVisibleToolsRequest, callback: grpc.requestCallback<_docket_decision_v1_ListVisibleToolsResponse__Output>): grpc.ClientUnaryCall;
  listVisibleTools(argument: _docket_decision_v1_ListVisibleToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_ListVisibleToolsResponse__Output>): grpc.ClientUnaryCall;
  listVisibleTools(argument: _docket_decision_v1_ListVisibleToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_decision_v1_ListVisibleToolsResponse__Output>): grpc.ClientUnaryCall;
  listVisibleTools(argument: _docket_decision_v1_ListVisibleToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_ListVisibleToolsResponse__Output>): grpc.ClientUnaryCall;
  listVisibleTools(argument: _docket_decision_v1_ListVisibleToolsRequest, callback: grpc.requestCallback<_docket_decision_v1_ListVisibleToolsResponse__Output>): grpc.ClientUnaryCall;
  
  Settle(argument: _docket_decision_v1_SettleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Settle(argument: _docket_decision_v1_SettleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_decision_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Settle(argument: _docket_decision_v1_SettleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Settle(argument: _docket_decision_v1_SettleRequest, callback: grpc.requestCallback<_docket_decision_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  settle(argument: _docket_decision_v1_SettleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  settle(argument: _docket_decision_v1_SettleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_decision_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  settle(argument: _docket_decision_v1_SettleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_decision_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  settle(argument: _docket_decision_v1_SettleRequest, callback: grpc.requestCallback<_docket_decision_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  
  WatchGrants(argument: _docket_decision_v1_WatchGrantsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_docket_decision_v1_WatchGrantsResponse__Output>;
  WatchGrants(argument: _docket_decision_v1_WatchGrantsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_docket_decision_v1_WatchGrantsResponse__Output>;
  watchGrants(argument: _docket_decision_v1_WatchGrantsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_docket_decision_v1_WatchGrantsResponse__Output>;
  watchGrants(argument: _docket_decision_v1_WatchGrantsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_docket_decision_v1_WatchGrantsResponse__Output>;
  
}

export interface DecisionServiceHandlers extends grpc.UntypedServiceImplementation {
  Decide: grpc.handleUnaryCall<_docket_decision_v1_DecideRequest__Output, _docket_decision_v1_DecideResponse>;
  
  DecideStream: grpc.handleBidiStreamingCall<_docket_decision_v1_DecideStreamRequest__Output, _docket_decision_v1_DecideStreamResponse>;
  
  GetDecision: grpc.handleUnaryCall<_docket_decision_v1_GetDecisionRequest__Output, _docket_decision_v1_DecideResponse>;
  
  ListVisibleTools: grpc.handleUnaryCall<_docket_decision_v1_ListVisibleToolsRequest__Output, _docket_decision_v1_ListVisibleToolsResponse>;
  
  Settle: grpc.handleUnaryCall<_docket_decision_v1_SettleRequest__Output, _docket_decision_v1_SettleResponse>;
  
  WatchGrants: grpc.handleServerStreamingCall<_docket_decision_v1_WatchGrantsRequest__Output, _docket_decision_v1_WatchGrantsResponse>;
  
}

export interface DecisionServiceDefinition extends grpc.ServiceDefinition {
  Decide: MethodDefinition<_docket_decision_v1_DecideRequest, _docket_decision_v1_DecideResponse, _docket_decision_v1_DecideRequest__Output, _docket_decision_v1_DecideResponse__Output>
  DecideStream: MethodDefinition<_docket_decision_v1_DecideStreamRequest, _docket_decision_v1_DecideStreamResponse, _docket_decision_v1_DecideStreamRequest__Output, _docket_decision_v1_DecideStreamResponse__Output>
  GetDecision: MethodDefinition<_docket_decision_v1_GetDecisionRequest, _docket_decision_v1_DecideResponse, _docket_decision_v1_GetDecisionRequest__Output, _docket_decision_v1_DecideResponse__Output>
  ListVisibleTools: MethodDefinition<_docket_decision_v1_ListVisibleToolsRequest, _docket_decision_v1_ListVisibleToolsResponse, _docket_decision_v1_ListVisibleToolsRequest__Output, _docket_decision_v1_ListVisibleToolsResponse__Output>
  Settle: MethodDefinition<_docket_decision_v1_SettleRequest, _docket_decision_v1_SettleResponse, _docket_decision_v1_SettleRequest__Output, _docket_decision_v1_SettleResponse__Output>
  WatchGrants: MethodDefinition<_docket_decision_v1_WatchGrantsRequest, _docket_decision_v1_WatchGrantsResponse, _docket_decision_v1_WatchGrantsRequest__Output, _docket_decision_v1_WatchGrantsResponse__Output>
}
