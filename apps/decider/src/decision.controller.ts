import type { Metadata, ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { DECISION_SERVICE } from '#contracts';
import type { decision } from '#contracts';
import type { DecisionApi } from './decision-api.js';
import { DECISION_API } from './provided.js';

type Call = ServerUnaryCall<unknown, unknown>;

/** docket.decision.v1.DecisionService. */
@Controller()
export class DecisionController {
  constructor(@Inject(DECISION_API) private readonly api: DecisionApi) {}

  @GrpcMethod(DECISION_SERVICE, 'Decide')
  decide(request: decision.DecideRequest__Output, metadata: Metadata, call: Call): Promise<decision.DecideResponse> {
    return this.api.decide(request, metadata, call);
  }

  @GrpcStreamCall(DECISION_SERVICE, 'DecideStream')
  decideStream(call: ServerDuplexStream<decision.DecideStreamRequest__Output, decision.DecideStreamResponse>): Promise<void> {
    return this.api.decideStream(call);
  }

  @GrpcMethod(DECISION_SERVICE, 'Settle')
  settle(request: decision.SettleRequest__Output, metadata: Metadata, call: Call): Promise<decision.SettleResponse> {
    return this.api.settle(request, metadata, call);
  }

  @GrpcMethod(DECISION_SERVICE, 'GetDecision')
  getDecision(request: decision.GetDecisionRequest__Output, metadata: Metadata, call: Call): Promise<decision.DecideResponse> {
    return this.api.getDecision(request, metadata, call);
  }

  @GrpcMethod(DECISION_SERVICE, 'ListVisibleTools')
  listVisibleTools(request: decision.ListVisibleToolsRequest__Output, metadata: Metadata, call: Call): Promise<decision.ListVisibleToolsResponse> {
    return this.api.listVisibleTools(request, metadata, call);
  }

  @GrpcMethod(DECISION_SERVICE, 'WatchGrants')
  watchGrants(
    request: decision.WatchGrantsRequest__Output, _metadata: Metadata, call: ServerWritableStream<decision.WatchGrantsRequest__Output, decision.WatchGrantsResponse>,
  ): AsyncIterable<decision.WatchGrantsResponse> {
    return this.api.watchGrants(request, call);
  }
}
