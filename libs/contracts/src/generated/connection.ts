import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Connection as _docket_token_v1_Connection, Connection__Output as _docket_token_v1_Connection__Output } from './docket/token/v1/Connection.js';
import type { ConnectionServiceClient as _docket_token_v1_ConnectionServiceClient, ConnectionServiceDefinition as _docket_token_v1_ConnectionServiceDefinition } from './docket/token/v1/ConnectionService.js';
import type { ConnectionSettings as _docket_token_v1_ConnectionSettings, ConnectionSettings__Output as _docket_token_v1_ConnectionSettings__Output } from './docket/token/v1/ConnectionSettings.js';
import type { CutOff as _docket_token_v1_CutOff, CutOff__Output as _docket_token_v1_CutOff__Output } from './docket/token/v1/CutOff.js';
import type { FoundToken as _docket_token_v1_FoundToken, FoundToken__Output as _docket_token_v1_FoundToken__Output } from './docket/token/v1/FoundToken.js';
import type { FoundTokens as _docket_token_v1_FoundTokens, FoundTokens__Output as _docket_token_v1_FoundTokens__Output } from './docket/token/v1/FoundTokens.js';
import type { GetConnectionRequest as _docket_token_v1_GetConnectionRequest, GetConnectionRequest__Output as _docket_token_v1_GetConnectionRequest__Output } from './docket/token/v1/GetConnectionRequest.js';
import type { GetConnectionResponse as _docket_token_v1_GetConnectionResponse, GetConnectionResponse__Output as _docket_token_v1_GetConnectionResponse__Output } from './docket/token/v1/GetConnectionResponse.js';
import type { GetTokenRequest as _docket_token_v1_GetTokenRequest, GetTokenRequest__Output as _docket_token_v1_GetTokenRequest__Output } from './docket/token/v1/GetTokenRequest.js';
import type { GetTokenResponse as _docket_token_v1_GetTokenResponse, GetTokenResponse__Output as _docket_token_v1_GetTokenResponse__Output } from './docket/token/v1/GetTokenResponse.js';
import type { ListConnectionsRequest as _docket_token_v1_ListConnectionsRequest, ListConnectionsRequest__Output as _docket_token_v1_ListConnectionsRequest__Output } from './docket/token/v1/ListConnectionsRequest.js';
import type { ListConnectionsResponse as _docket_token_v1_ListConnectionsResponse, ListConnectionsResponse__Output as _docket_token_v1_ListConnectionsResponse__Output } from './docket/token/v1/ListConnectionsResponse.js';
import type { MaskTokensRequest as _docket_token_v1_MaskTokensRequest, MaskTokensRequest__Output as _docket_token_v1_MaskTokensRequest__Output } from './docket/token/v1/MaskTokensRequest.js';
import type { MaskTokensResponse as _docket_token_v1_MaskTokensResponse, MaskTokensResponse__Output as _docket_token_v1_MaskTokensResponse__Output } from './docket/token/v1/MaskTokensResponse.js';
import type { MintFailure as _docket_token_v1_MintFailure, MintFailure__Output as _docket_token_v1_MintFailure__Output } from './docket/token/v1/MintFailure.js';
import type { OAuthSettings as _docket_token_v1_OAuthSettings, OAuthSettings__Output as _docket_token_v1_OAuthSettings__Output } from './docket/token/v1/OAuthSettings.js';
import type { RegisterConnectionRequest as _docket_token_v1_RegisterConnectionRequest, RegisterConnectionRequest__Output as _docket_token_v1_RegisterConnectionRequest__Output } from './docket/token/v1/RegisterConnectionRequest.js';
import type { RegisterConnectionResponse as _docket_token_v1_RegisterConnectionResponse, RegisterConnectionResponse__Output as _docket_token_v1_RegisterConnectionResponse__Output } from './docket/token/v1/RegisterConnectionResponse.js';
import type { RejectTokenRequest as _docket_token_v1_RejectTokenRequest, RejectTokenRequest__Output as _docket_token_v1_RejectTokenRequest__Output } from './docket/token/v1/RejectTokenRequest.js';
import type { RejectTokenResponse as _docket_token_v1_RejectTokenResponse, RejectTokenResponse__Output as _docket_token_v1_RejectTokenResponse__Output } from './docket/token/v1/RejectTokenResponse.js';
import type { RemoveConnectionRequest as _docket_token_v1_RemoveConnectionRequest, RemoveConnectionRequest__Output as _docket_token_v1_RemoveConnectionRequest__Output } from './docket/token/v1/RemoveConnectionRequest.js';
import type { RemoveConnectionResponse as _docket_token_v1_RemoveConnectionResponse, RemoveConnectionResponse__Output as _docket_token_v1_RemoveConnectionResponse__Output } from './docket/token/v1/RemoveConnectionResponse.js';
import type { ReportUsageRequest as _docket_token_v1_ReportUsageRequest, ReportUsageRequest__Output as _docket_token_v1_ReportUsageRequest__Output } from './docket/token/v1/ReportUsageRequest.js';
import type { ReportUsageResponse as _docket_token_v1_ReportUsageResponse, ReportUsageResponse__Output as _docket_token_v1_ReportUsageResponse__Output } from './docket/token/v1/ReportUsageResponse.js';
import type { ResetBreakerRequest as _docket_token_v1_ResetBreakerRequest, ResetBreakerRequest__Output as _docket_token_v1_ResetBreakerRequest__Output } from './docket/token/v1/ResetBreakerRequest.js';
import type { ResetBreakerResponse as _docket_token_v1_ResetBreakerResponse, ResetBreakerResponse__Output as _docket_token_v1_ResetBreakerResponse__Output } from './docket/token/v1/ResetBreakerResponse.js';
import type { RestoreGrantRequest as _docket_token_v1_RestoreGrantRequest, RestoreGrantRequest__Output as _docket_token_v1_RestoreGrantRequest__Output } from './docket/token/v1/RestoreGrantRequest.js';
import type { RestoreGrantResponse as _docket_token_v1_RestoreGrantResponse, RestoreGrantResponse__Output as _docket_token_v1_RestoreGrantResponse__Output } from './docket/token/v1/RestoreGrantResponse.js';
import type { ResumeConnectionRequest as _docket_token_v1_ResumeConnectionRequest, ResumeConnectionRequest__Output as _docket_token_v1_ResumeConnectionRequest__Output } from './docket/token/v1/ResumeConnectionRequest.js';
import type { ResumeConnectionResponse as _docket_token_v1_ResumeConnectionResponse, ResumeConnectionResponse__Output as _docket_token_v1_ResumeConnectionResponse__Output } from './docket/token/v1/ResumeConnectionResponse.js';
import type { RevokeTokenRequest as _docket_token_v1_RevokeTokenRequest, RevokeTokenRequest__Output as _docket_token_v1_RevokeTokenRequest__Output } from './docket/token/v1/RevokeTokenRequest.js';
import type { RevokeTokenResponse as _docket_token_v1_RevokeTokenResponse, RevokeTokenResponse__Output as _docket_token_v1_RevokeTokenResponse__Output } from './docket/token/v1/RevokeTokenResponse.js';
import type { RotateSecretRequest as _docket_token_v1_RotateSecretRequest, RotateSecretRequest__Output as _docket_token_v1_RotateSecretRequest__Output } from './docket/token/v1/RotateSecretRequest.js';
import type { RotateSecretResponse as _docket_token_v1_RotateSecretResponse, RotateSecretResponse__Output as _docket_token_v1_RotateSecretResponse__Output } from './docket/token/v1/RotateSecretResponse.js';
import type { SuspendConnectionRequest as _docket_token_v1_SuspendConnectionRequest, SuspendConnectionRequest__Output as _docket_token_v1_SuspendConnectionRequest__Output } from './docket/token/v1/SuspendConnectionRequest.js';
import type { SuspendConnectionResponse as _docket_token_v1_SuspendConnectionResponse, SuspendConnectionResponse__Output as _docket_token_v1_SuspendConnectionResponse__Output } from './docket/token/v1/SuspendConnectionResponse.js';
import type { TokenInfo as _docket_token_v1_TokenInfo, TokenInfo__Output as _docket_token_v1_TokenInfo__Output } from './docket/token/v1/TokenInfo.js';
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
        AuthMethod: EnumTypeDefinition
        Breaker: EnumTypeDefinition
        Connection: MessageTypeDefinition<_docket_token_v1_Connection, _docket_token_v1_Connection__Output>
        ConnectionService: SubtypeConstructor<typeof grpc.Client, _docket_token_v1_ConnectionServiceClient> & { service: _docket_token_v1_ConnectionServiceDefinition }
        ConnectionSettings: MessageTypeDefinition<_docket_token_v1_ConnectionSettings, _docket_token_v1_ConnectionSettings__Output>
        ConnectionState: EnumTypeDefinition
        CutOff: MessageTypeDefinition<_docket_token_v1_CutOff, _docket_token_v1_CutOff__Output>
        Delivery: EnumTypeDefinition
        FoundToken: MessageTypeDefinition<_docket_token_v1_FoundToken, _docket_token_v1_FoundToken__Output>
        FoundTokens: MessageTypeDefinition<_docket_token_v1_FoundTokens, _docket_token_v1_FoundTokens__Output>
        GetConnectionRequest: MessageTypeDefinition<_docket_token_v1_GetConnectionRequest, _docket_token_v1_GetConnectionRequest__Output>
        GetConnectionResponse: MessageTypeDefinition<_docket_token_v1_GetConnectionResponse, _docket_token_v1_GetConnectionResponse__Output>
        GetTokenRequest: MessageTypeDefinition<_docket_token_v1_GetTokenRequest, _docket_token_v1_GetTokenRequest__Output>
        GetTokenResponse: MessageTypeDefinition<_docket_token_v1_GetTokenResponse, _docket_token_v1_GetTokenResponse__Output>
        Issuer: EnumTypeDefinition
        ListConnectionsRequest: MessageTypeDefinition<_docket_token_v1_ListConnectionsRequest, _docket_token_v1_ListConnectionsRequest__Output>
        ListConnectionsResponse: MessageTypeDefinition<_docket_token_v1_ListConnectionsResponse, _docket_token_v1_ListConnectionsResponse__Output>
        MaskTokensRequest: MessageTypeDefinition<_docket_token_v1_MaskTokensRequest, _docket_token_v1_MaskTokensRequest__Output>
        MaskTokensResponse: MessageTypeDefinition<_docket_token_v1_MaskTokensResponse, _docket_token_v1_MaskTokensResponse__Output>
        MintFailure: MessageTypeDefinition<_docket_token_v1_MintFailure, _docket_token_v1_MintFailure__Output>
        OAuthSettings: MessageTypeDefinition<_docket_token_v1_OAuthSettings, _docket_token_v1_OAuthSettings__Output>
        RegisterConnectionRequest: MessageTypeDefinition<_docket_token_v1_RegisterConnectionRequest, _docket_token_v1_RegisterConnectionRequest__Output>
        RegisterConnectionResponse: MessageTypeDefinition<_docket_token_v1_RegisterConnectionResponse, _docket_token_v1_RegisterConnectionResponse__Output>
        RejectTokenRequest: MessageTypeDefinition<_docket_token_v1_RejectTokenRequest, _docket_token_v1_RejectTokenRequest__Output>
        RejectTokenResponse: MessageTypeDefinition<_docket_token_v1_RejectTokenResponse, _docket_token_v1_RejectTokenResponse__Output>
        RemoveConnectionRequest: MessageTypeDefinition<_docket_token_v1_RemoveConnectionRequest, _docket_token_v1_RemoveConnectionRequest__Output>
        RemoveConnectionResponse: MessageTypeDefinition<_docket_token_v1_RemoveConnectionResponse, _docket_token_v1_RemoveConnectionResponse__Output>
        ReportUsageRequest: MessageTypeDefinition<_docket_token_v1_ReportUsageRequest, _docket_token_v1_ReportUsageRequest__Output>
        ReportUsageResponse: MessageTypeDefinition<_docket_token_v1_ReportUsageResponse, _docket_token_v1_ReportUsageResponse__Output>
        ResetBreakerRequest: MessageTypeDefinition<_docket_token_v1_ResetBreakerRequest, _docket_token_v1_ResetBreakerRequest__Output>
        ResetBreakerResponse: MessageTypeDefinition<_docket_token_v1_ResetBreakerResponse, _docket_token_v1_ResetBreakerResponse__Output>
        RestoreGrantRequest: MessageTypeDefinition<_docket_token_v1_RestoreGrantRequest, _docket_token_v1_RestoreGrantRequest__Output>
        RestoreGrantResponse: MessageTypeDefinition<_docket_token_v1_RestoreGrantResponse, _docket_token_v1_RestoreGrantResponse__Output>
        ResumeConnectionRequest: MessageTypeDefinition<_docket_token_v1_ResumeConnectionRequest, _docket_token_v1_ResumeConnectionRequest__Output>
        ResumeConnectionResponse: MessageTypeDefinition<_docket_token_v1_ResumeConnectionResponse, _docket_token_v1_ResumeConnectionResponse__Output>
        RevokeTokenRequest: MessageTypeDefinition<_docket_token_v1_RevokeTokenRequest, _docket_token_v1_RevokeTokenRequest__Output>
        RevokeTokenResponse: MessageTypeDefinition<_docket_token_v1_RevokeTokenResponse, _docket_token_v1_RevokeTokenResponse__Output>
        RotateSecretRequest: MessageTypeDefinition<_docket_token_v1_RotateSecretRequest, _docket_token_v1_RotateSecretRequest__Output>
        RotateSecretResponse: MessageTypeDefinition<_docket_token_v1_RotateSecretResponse, _docket_token_v1_RotateSecretResponse__Output>
        SuspendConnectionRequest: MessageTypeDefinition<_docket_token_v1_SuspendConnectionRequest, _docket_token_v1_SuspendConnectionRequest__Output>
        SuspendConnectionResponse: MessageTypeDefinition<_docket_token_v1_SuspendConnectionResponse, _docket_token_v1_SuspendConnectionResponse__Output>
        TokenInfo: MessageTypeDefinition<_docket_token_v1_TokenInfo, _docket_token_v1_TokenInfo__Output>
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

