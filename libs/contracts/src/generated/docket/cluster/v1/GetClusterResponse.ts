// Original file: proto/docket/cluster/v1/cluster.proto

import type { Node as _docket_cluster_v1_Node, Node__Output as _docket_cluster_v1_Node__Output } from '../../../docket/cluster/v1/Node.js';
import type { Partition as _docket_cluster_v1_Partition, Partition__Output as _docket_cluster_v1_Partition__Output } from '../../../docket/cluster/v1/Partition.js';

export interface GetClusterResponse {
  'nodes'?: (_docket_cluster_v1_Node)[];
  'partitions'?: (_docket_cluster_v1_Partition)[];
  'answeredBy'?: (string);
}

export interface GetClusterResponse__Output {
  'nodes': (_docket_cluster_v1_Node__Output)[];
  'partitions': (_docket_cluster_v1_Partition__Output)[];
  'answeredBy': (string);
}
