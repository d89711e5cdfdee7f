import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { CLUSTER_SERVICE } from '#contracts';
import type { cluster } from '#contracts';
import type { ClusterApi } from './cluster.api.js';

export const CLUSTER_API = Symbol('ClusterApi');

/** docket.cluster.v1.ClusterService. */
@Controller()
export class ClusterController {
  constructor(@Inject(CLUSTER_API) private readonly api: ClusterApi) {}

  @GrpcMethod(CLUSTER_SERVICE)
  getCluster(_request: cluster.GetClusterRequest__Output, metadata: Metadata, call: ServerUnaryCall<unknown, unknown>): Promise<cluster.GetClusterResponse> {
    return this.api.getCluster(metadata, call);
  }

  @GrpcMethod(CLUSTER_SERVICE)
  getNode(_request: cluster.GetNodeRequest__Output, metadata: Metadata): Promise<cluster.GetNodeResponse> {
    return this.api.getNode(metadata);
  }

  @GrpcMethod(CLUSTER_SERVICE)
  takeOver(request: cluster.TakeOverRequest__Output, metadata: Metadata): Promise<cluster.TakeOverResponse> {
    return this.api.takeOver(request, metadata);
  }
}
