import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { CutOff as _docket_token_v1_CutOff, CutOff__Output as _docket_token_v1_CutOff__Output } from './docket/token/v1/CutOff.js';
import type { FoundToken as _docket_token_v1_FoundToken, FoundToken__Output as _docket_token_v1_FoundToken__Output } from './docket/token/v1/FoundToken.js';
import type { FoundTokens as _docket_token_v1_FoundTokens, FoundTokens__Output as _docket_token_v1_FoundTokens__Output } from './docket/token/v1/FoundTokens.js';
import type { GetTokenRequest as _docket_token_v1_GetTokenRequest, GetTokenRequest__Output as _docket_token_v1_GetTokenRequest__Output } from './docket/token/v1/GetTokenRequest.js';
import type { GetTokenResponse as _docket_token_v1_GetTokenResponse, GetTokenResponse__Output as _docket_token_v1_GetTokenResponse__Output } from './docket/token/v1/GetTokenResponse.js';
import type { MaskTokensRequest as _docket_token_v1_MaskTokensRequest, MaskTokensRequest__Output as _docket_token_v1_MaskTokensRequest__Output } from './docket/token/v1/MaskTokensRequest.js';
import type { MaskTokensResponse as _docket_token_v1_MaskTokensResponse, MaskTokensResponse__Output as _docket_token_v1_MaskTokensResponse__Output } from './docket/token/v1/MaskTokensResponse.js';
import type { RejectTokenRequest as _docket_token_v1_RejectTokenRequest, RejectTokenRequest__Output as _docket_token_v1_RejectTokenRequest__Output } from './docket/token/v1/RejectTokenRequest.js';
import type { RejectTokenResponse as _docket_token_v1_RejectTokenResponse, RejectTokenResponse__Output as _docket_token_v1_RejectTokenResponse__Output } from './docket/token/v1/RejectTokenResponse.js';
import type { ReportUsageRequest as _docket_token_v1_ReportUsageRequest, ReportUsageRequest__Output as _docket_token_v1_ReportUsageRequest__Output } from './docket/token/v1/ReportUsageRequest.js';
import type { ReportUsageResponse as _docket_token_v1_ReportUsageResponse, ReportUsageResponse__Output as _docket_token_v1_ReportUsageResponse__Output } from './docket/token/v1/ReportUsageResponse.js';
import type { RestoreGrantRequest as _docket_token_v1_RestoreGrantRequest, RestoreGrantRequest__Output as _docket_token_v1_RestoreGrantRequest__Output } from './docket/token/v1/RestoreGrantRequest.js';
import type { RestoreGrantResponse as _docket_token_v1_RestoreGrantResponse, RestoreGrantResponse__Output as _docket_token_v1_RestoreGrantResponse__Output } from './docket/token/v1/RestoreGrantResponse.js';
import type { RevokeTokenRequest as _docket_token_v1_RevokeTokenRequest, RevokeTokenRequest__Output as _docket_token_v1_RevokeTokenRequest__Output } from './docket/token/v1/RevokeTokenRequest.js';
import type { RevokeTokenResponse as _docket_token_v1_RevokeTokenResponse, RevokeTokenResponse__Output as _docket_token_v1_RevokeTokenResponse__Output } from './docket/token/v1/RevokeTokenResponse.js';
import type { TokenServiceClient as _docket_token_v1_TokenServiceClient, TokenServiceDefinition as _docket_token_v1_TokenServiceDefinition } from './docket/token/v1/TokenService.js';
import type { UnwrapRequest as _docket_token_v1_UnwrapRequest, UnwrapRequest__Output as _docket_token_v1_UnwrapRequest__Output } from './docket/token/v1/UnwrapRequest.js';
import type { UnwrapResponse as _docket_token_v1_UnwrapResponse, UnwrapResponse__Output as _docket_token_v1_UnwrapResponse__Output } from './docket/token/v1/UnwrapResponse.js';
import type { WatchTokensRequest as _docket_token_v1_WatchTokensRequest, WatchTokensRequest__Output as _docket_token_v1_WatchTokensRequest__Output } from './docket/token/v1/WatchTokensRequest.js';
import type { WatchTokensResponse as _docket_token_v1_WatchTokensResponse, WatchTokensResponse__Output as _docket_token_v1_WatchTokensResponse__Output } from './docket/token/v1/WatchTokensResponse.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from './google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  docket: {
    token: {
      v1: {
        ConnectionState: EnumTypeDefinition
        CutOff: MessageTypeDefinition<_docket_token_v1_CutOff, _docket_token_v1_CutOff__Output>
        Delivery: EnumTypeDefinition
        FoundToken: MessageTypeDefinition<_docket_token_v1_FoundToken, _docket_token_v1_FoundToken__Output>
        FoundTokens: MessageTypeDefinition<_docket_token_v1_FoundTokens, _docket_token_v1_FoundTokens__Output>
        GetTokenRequest: MessageTypeDefinition<_docket_token_v1_GetTokenRequest, _docket_token_v1_GetTokenRequest__Output>
        GetTokenResponse: MessageTypeDefinition<_docket_token_v1_GetTokenResponse, _docket_token_v1_GetTokenResponse__Output>
        MaskTokensRequest: MessageTypeDefinition<_docket_token_v1_MaskTokensRequest, _docket_token_v1_MaskTokensRequest__Output>
        MaskTokensResponse: MessageTypeDefinition<_docket_token_v1_MaskTokensResponse, _docket_token_v1_MaskTokensResponse__Output>
        RejectTokenRequest: MessageTypeDefinition<_docket_token_v1_RejectTokenRequest, _docket_token_v1_RejectTokenRequest__Output>
        RejectTokenResponse: MessageTypeDefinition<_docket_token_v1_RejectTokenResponse, _docket_token_v1_RejectTokenResponse__Output>
        ReportUsageRequest: MessageTypeDefinition<_docket_token_v1_ReportUsageRequest, _docket_token_v1_ReportUsageRequest__Output>
        ReportUsageResponse: MessageTypeDefinition<_docket_token_v1_ReportUsageResponse, _docket_token_v1_ReportUsageResponse__Output>
        RestoreGrantRequest: MessageTypeDefinition<_docket_token_v1_RestoreGrantRequest, _docket_token_v1_RestoreGrantRequest__Output>
        RestoreGrantResponse: MessageTypeDefinition<_docket_token_v1_RestoreGrantResponse, _docket_token_v1_RestoreGrantResponse__Output>
        RevokeTokenRequest: MessageTypeDefinition<_docket_token_v1_RevokeTokenRequest, _docket_token_v1_RevokeTokenRequest__Output>
        RevokeTokenResponse: MessageTypeDefinition<_docket_token_v1_RevokeTokenResponse, _docket_token_v1_RevokeTokenResponse__Output>
        TokenService: SubtypeConstructor<typeof grpc.Client, _docket_token_v1_TokenServiceClient> & { service: _docket_token_v1_TokenServiceDefinition }
        UnwrapRequest: MessageTypeDefinition<_docket_token_v1_UnwrapRequest, _docket_token_v1_UnwrapRequest__Output>
        UnwrapResponse: MessageTypeDefinition<_docket_token_v1_UnwrapResponse, _docket_token_v1_UnwrapResponse__Output>
        WatchTokensRequest: MessageTypeDefinition<_docket_token_v1_WatchTokensRequest, _docket_token_v1_WatchTokensRequest__Output>
        WatchTokensResponse: MessageTypeDefinition<_docket_token_v1_WatchTokensResponse, _docket_token_v1_WatchTokensResponse__Output>
      }
    }
  }
  google: {
    protobuf: {
      Duration: MessageTypeDefinition<_google_protobuf_Duration, _google_protobuf_Duration__Output>
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
}

