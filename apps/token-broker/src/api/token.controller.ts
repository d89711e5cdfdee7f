import type { Metadata, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { TOKEN_SERVICE, type token } from '#contracts';
import { TOKEN_API } from '../provided.js';
import type { TokenApi } from './token-api.js';

type Call = ServerUnaryCall<unknown, unknown>;

/** docket.token.v1.TokenService. */
@Controller()
export class TokenController {
  constructor(@Inject(TOKEN_API) private readonly api: TokenApi) {}

  @GrpcMethod(TOKEN_SERVICE, 'GetToken')
  getToken(request: token.GetTokenRequest__Output, metadata: Metadata, call: Call): Promise<token.GetTokenResponse> {
    return this.api.getToken(request, metadata, call);
  }

  @GrpcMethod(TOKEN_SERVICE, 'WatchTokens')
  watchTokens(request: token.WatchTokensRequest__Output, _metadata: Metadata, call: ServerWritableStream<token.WatchTokensRequest__Output, token.WatchTokensResponse>): AsyncIterable<token.WatchTokensResponse> {
    return this.api.watchTokens(request, call);
  }

  @GrpcMethod(TOKEN_SERVICE, 'RejectToken')
  rejectToken(request: token.RejectTokenRequest__Output, metadata: Metadata, call: Call): Promise<token.RejectTokenResponse> {
    return this.api.rejectToken(request, metadata, call);
  }

  @GrpcMethod(TOKEN_SERVICE, 'RevokeToken')
  revokeToken(request: token.RevokeTokenRequest__Output, metadata: Metadata, call: Call): Promise<token.RevokeTokenResponse> {
    return this.api.revokeToken(request, metadata, call);
  }

  @GrpcMethod(TOKEN_SERVICE, 'RestoreGrant')
  restoreGrant(request: token.RestoreGrantRequest__Output, metadata: Metadata, call: Call): Promise<token.RestoreGrantResponse> {
    return this.api.restoreGrant(request, metadata, call);
  }

  @GrpcMethod(TOKEN_SERVICE, 'Unwrap')
  unwrap(request: token.UnwrapRequest__Output, metadata: Metadata, call: Call): Promise<token.UnwrapResponse> {
    return this.api.unwrap(request, metadata, call);
  }

  @GrpcMethod(TOKEN_SERVICE, 'ReportUsage')
  reportUsage(request: token.ReportUsageRequest__Output, metadata: Metadata, call: Call): Promise<token.ReportUsageResponse> {
    return this.api.reportUsage(request, metadata, call);
  }

  @GrpcMethod(TOKEN_SERVICE, 'MaskTokens')
  maskTokens(request: token.MaskTokensRequest__Output, metadata: Metadata, call: Call): Promise<token.MaskTokensResponse> {
    return this.api.maskTokens(request, metadata, call);
  }
}
