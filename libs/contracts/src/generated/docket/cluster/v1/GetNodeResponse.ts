// Original file: proto/docket/cluster/v1/cluster.proto

import type { PartitionView as _docket_cluster_v1_PartitionView, PartitionView__Output as _docket_cluster_v1_PartitionView__Output } from '../../../docket/cluster/v1/PartitionView.js';

export interface GetNodeResponse {
  'name'?: (string);
  'address'?: (string);
  'partitions'?: (_docket_cluster_v1_PartitionView)[];
}

export interface GetNodeResponse__Output {
  'name': (string);
  'address': (string);
  'partitions': (_docket_cluster_v1_PartitionView__Output)[];
}
