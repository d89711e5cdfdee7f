import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { CONNECTION_SERVICE, type token } from '#contracts';
import { CONNECTION_API } from '../provided.js';
import type { ConnectionApi } from './connection-api.js';

type Call = ServerUnaryCall<unknown, unknown>;

/** docket.token.v1.ConnectionService. */
@Controller()
export class ConnectionController {
  constructor(@Inject(CONNECTION_API) private readonly api: ConnectionApi) {}

  @GrpcMethod(CONNECTION_SERVICE, 'Register')
  register(request: token.RegisterConnectionRequest__Output, metadata: Metadata, call: Call): Promise<token.RegisterConnectionResponse> {
    return this.api.register(request, metadata, call);
  }

  @GrpcMethod(CONNECTION_SERVICE, 'RotateSecret')
  rotateSecret(request: token.RotateSecretRequest__Output, metadata: Metadata, call: Call): Promise<token.RotateSecretResponse> {
    return this.api.rotateSecret(request, metadata, call);
  }

  @GrpcMethod(CONNECTION_SERVICE, 'Suspend')
  suspend(request: token.SuspendConnectionRequest__Output, metadata: Metadata, call: Call): Promise<token.SuspendConnectionResponse> {
    return this.api.suspend(request, metadata, call);
  }

  @GrpcMethod(CONNECTION_SERVICE, 'Resume')
  resume(request: token.ResumeConnectionRequest__Output, metadata: Metadata, call: Call): Promise<token.ResumeConnectionResponse> {
    return this.api.resume(request, metadata, call);
  }

  @GrpcMethod(CONNECTION_SERVICE, 'ResetBreaker')
  resetBreaker(request: token.ResetBreakerRequest__Output, metadata: Metadata, call: Call): Promise<token.ResetBreakerResponse> {
    return this.api.resetBreaker(request, metadata, call);
  }

  @GrpcMethod(CONNECTION_SERVICE, 'Remove')
  remove(request: token.RemoveConnectionRequest__Output, metadata: Metadata, call: Call): Promise<token.RemoveConnectionResponse> {
    return this.api.remove(request, metadata, call);
  }

  @GrpcMethod(CONNECTION_SERVICE, 'Get')
  get(request: token.GetConnectionRequest__Output, metadata: Metadata, call: Call): Promise<token.GetConnectionResponse> {
    return this.api.get(request, metadata, call);
  }

  @GrpcMethod(CONNECTION_SERVICE, 'List')
  list(request: token.ListConnectionsRequest__Output, metadata: Metadata, call: Call): Promise<token.ListConnectionsResponse> {
    return this.api.list(request, metadata, call);
  }
}
