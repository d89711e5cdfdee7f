import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { ApplyRequest as _docket_node_v1_ApplyRequest, ApplyRequest__Output as _docket_node_v1_ApplyRequest__Output } from './docket/node/v1/ApplyRequest.js';
import type { ApplyResponse as _docket_node_v1_ApplyResponse, ApplyResponse__Output as _docket_node_v1_ApplyResponse__Output } from './docket/node/v1/ApplyResponse.js';
import type { NodeServiceClient as _docket_node_v1_NodeServiceClient, NodeServiceDefinition as _docket_node_v1_NodeServiceDefinition } from './docket/node/v1/NodeService.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  docket: {
    node: {
      v1: {
        ApplyRequest: MessageTypeDefinition<_docket_node_v1_ApplyRequest, _docket_node_v1_ApplyRequest__Output>
        ApplyResponse: MessageTypeDefinition<_docket_node_v1_ApplyResponse, _docket_node_v1_ApplyResponse__Output>
        NodeService: SubtypeConstructor<typeof grpc.Client, _docket_node_v1_NodeServiceClient> & { service: _docket_node_v1_NodeServiceDefinition }
      }
    }
  }
}

