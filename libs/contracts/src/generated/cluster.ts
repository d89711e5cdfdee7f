import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ClusterServiceClient as _docket_cluster_v1_ClusterServiceClient, ClusterServiceDefinition as _docket_cluster_v1_ClusterServiceDefinition } from './docket/cluster/v1/ClusterService.js';
import type { GetClusterRequest as _docket_cluster_v1_GetClusterRequest, GetClusterRequest__Output as _docket_cluster_v1_GetClusterRequest__Output } from './docket/cluster/v1/GetClusterRequest.js';
import type { GetClusterResponse as _docket_cluster_v1_GetClusterResponse, GetClusterResponse__Output as _docket_cluster_v1_GetClusterResponse__Output } from './docket/cluster/v1/GetClusterResponse.js';
import type { GetNodeRequest as _docket_cluster_v1_GetNodeRequest, GetNodeRequest__Output as _docket_cluster_v1_GetNodeRequest__Output } from './docket/cluster/v1/GetNodeRequest.js';
import type { GetNodeResponse as _docket_cluster_v1_GetNodeResponse, GetNodeResponse__Output as _docket_cluster_v1_GetNodeResponse__Output } from './docket/cluster/v1/GetNodeResponse.js';
import type { LastClaim as _docket_cluster_v1_LastClaim, LastClaim__Output as _docket_cluster_v1_LastClaim__Output } from './docket/cluster/v1/LastClaim.js';
import type { Node as _docket_cluster_v1_Node, Node__Output as _docket_cluster_v1_Node__Output } from './docket/cluster/v1/Node.js';
import type { Partition as _docket_cluster_v1_Partition, Partition__Output as _docket_cluster_v1_Partition__Output } from './docket/cluster/v1/Partition.js';
import type { PartitionView as _docket_cluster_v1_PartitionView, PartitionView__Output as _docket_cluster_v1_PartitionView__Output } from './docket/cluster/v1/PartitionView.js';
import type { TakeOverRequest as _docket_cluster_v1_TakeOverRequest, TakeOverRequest__Output as _docket_cluster_v1_TakeOverRequest__Output } from './docket/cluster/v1/TakeOverRequest.js';
import type { TakeOverResponse as _docket_cluster_v1_TakeOverResponse, TakeOverResponse__Output as _docket_cluster_v1_TakeOverResponse__Output } from './docket/cluster/v1/TakeOverResponse.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  docket: {
    cluster: {
      v1: {
        ClusterService: SubtypeConstructor<typeof grpc.Client, _docket_cluster_v1_ClusterServiceClient> & { service: _docket_cluster_v1_ClusterServiceDefinition }
        GetClusterRequest: MessageTypeDefinition<_docket_cluster_v1_GetClusterRequest, _docket_cluster_v1_GetClusterRequest__Output>
        GetClusterResponse: MessageTypeDefinition<_docket_cluster_v1_GetClusterResponse, _docket_cluster_v1_GetClusterResponse__Output>
        GetNodeRequest: MessageTypeDefinition<_docket_cluster_v1_GetNodeRequest, _docket_cluster_v1_GetNodeRequest__Output>
        GetNodeResponse: MessageTypeDefinition<_docket_cluster_v1_GetNodeResponse, _docket_cluster_v1_GetNodeResponse__Output>
        LastClaim: MessageTypeDefinition<_docket_cluster_v1_LastClaim, _docket_cluster_v1_LastClaim__Output>
        Node: MessageTypeDefinition<_docket_cluster_v1_Node, _docket_cluster_v1_Node__Output>
        Partition: MessageTypeDefinition<_docket_cluster_v1_Partition, _docket_cluster_v1_Partition__Output>
        PartitionState: EnumTypeDefinition
        PartitionView: MessageTypeDefinition<_docket_cluster_v1_PartitionView, _docket_cluster_v1_PartitionView__Output>
        TakeOverRequest: MessageTypeDefinition<_docket_cluster_v1_TakeOverRequest, _docket_cluster_v1_TakeOverRequest__Output>
        TakeOverResponse: MessageTypeDefinition<_docket_cluster_v1_TakeOverResponse, _docket_cluster_v1_TakeOverResponse__Output>
      }
    }
  }
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
}

