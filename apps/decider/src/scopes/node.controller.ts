import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { NODE_SERVICE } from '#contracts';
import type { node } from '#contracts';
import { NODE_API } from '../provided.js';
import type { NodeApi } from './node-api.js';

/** docket.node.v1.NodeService. */
@Controller()
export class NodeController {
  constructor(@Inject(NODE_API) private readonly api: NodeApi) {}

  @GrpcMethod(NODE_SERVICE, 'Apply')
  apply(request: node.ApplyRequest__Output, metadata: Metadata, call: ServerUnaryCall<unknown, unknown>): Promise<node.ApplyResponse> {
    return this.api.apply(request, metadata, call);
  }
}
