import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { QUERY_SERVICE } from '#contracts';
import type { query } from '#contracts';
import { QUERY_API } from '../provided.js';
import type { QueryApi } from './query-api.js';

type Call = ServerUnaryCall<unknown, unknown>;

/** docket.query.v1.QueryService. */
@Controller()
export class QueryController {
  constructor(@Inject(QUERY_API) private readonly api: QueryApi) {}

  @GrpcMethod(QUERY_SERVICE)
  listDecisions(request: query.ListDecisionsRequest__Output, metadata: Metadata, call: Call): Promise<query.ListDecisionsResponse> {
    return this.api.listDecisions(request, metadata, call);
  }

  @GrpcMethod(QUERY_SERVICE)
  getDecision(request: query.GetDecisionRequest__Output, metadata: Metadata, call: Call): Promise<query.GetDecisionResponse> {
    return this.api.getDecision(request, metadata, call);
  }

  @GrpcMethod(QUERY_SERVICE)
  getLimitWindows(request: query.GetLimitWindowsRequest__Output, metadata: Metadata, call: Call): Promise<query.GetLimitWindowsResponse> {
    return this.api.getLimitWindows(request, metadata, call);
  }

  @GrpcMethod(QUERY_SERVICE)
  getUsage(request: query.GetUsageRequest__Output, metadata: Metadata, call: Call): Promise<query.GetUsageResponse> {
    return this.api.getUsage(request, metadata, call);
  }

  @GrpcMethod(QUERY_SERVICE)
  listGrants(request: query.ListGrantsRequest__Output, metadata: Metadata, call: Call): Promise<query.ListGrantsResponse> {
    return this.api.listGrants(request, metadata, call);
  }

  @GrpcMethod(QUERY_SERVICE)
  listServers(request: query.ListServersRequest__Output, metadata: Metadata, call: Call): Promise<query.ListServersResponse> {
    return this.api.listServers(request, metadata, call);
  }

  @GrpcMethod(QUERY_SERVICE)
  listPolicies(request: query.ListPoliciesRequest__Output, metadata: Metadata, call: Call): Promise<query.ListPoliciesResponse> {
    return this.api.listPolicies(request, metadata, call);
  }

  @GrpcMethod(QUERY_SERVICE)
  listApprovals(request: query.ListApprovalsRequest__Output, metadata: Metadata, call: Call): Promise<query.ListApprovalsResponse> {
    return this.api.listApprovals(request, metadata, call);
  }

  @GrpcMethod(QUERY_SERVICE)
  listProjections(_request: query.ListProjectionsRequest__Output, metadata: Metadata, call: Call): Promise<query.ListProjectionsResponse> {
    return this.api.listProjections(metadata, call);
  }
}
