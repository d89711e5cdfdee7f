import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

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
import type { Any as _google_protobuf_Any, Any__Output as _google_protobuf_Any__Output } from './google/protobuf/Any.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from './google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';
import type { Status as _google_rpc_Status, Status__Output as _google_rpc_Status__Output } from './google/rpc/Status.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  docket: {
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

