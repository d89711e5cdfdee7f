// Original file: proto/docket/cluster/v1/cluster.proto

import type { PartitionState as _docket_cluster_v1_PartitionState, PartitionState__Output as _docket_cluster_v1_PartitionState__Output } from '../../../docket/cluster/v1/PartitionState.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { LastClaim as _docket_cluster_v1_LastClaim, LastClaim__Output as _docket_cluster_v1_LastClaim__Output } from '../../../docket/cluster/v1/LastClaim.js';
import type { Long } from '@grpc/proto-loader';

export interface Partition {
  'topic'?: (string);
  'partition'?: (number);
  'state'?: (_docket_cluster_v1_PartitionState);
  'owner'?: (string);
  'standby'?: (string);
  'epoch'?: (number | string | Long);
  'nextOffset'?: (number | string | Long);
  'standbyLag'?: (number | string | Long);
  'pending'?: (number);
  'lastEventAt'?: (_google_protobuf_Timestamp | null);
  'lastClaim'?: (_docket_cluster_v1_LastClaim | null);
}

export interface Partition__Output {
  'topic': (string);
  'partition': (number);
  'state': (_docket_cluster_v1_PartitionState__Output);
  'owner': (string);
  'standby': (string);
  'epoch': (number);
  'nextOffset': (number);
  'standbyLag': (number);
  'pending': (number);
  'lastEventAt': (_google_protobuf_Timestamp__Output | null);
  'lastClaim': (_docket_cluster_v1_LastClaim__Output | null);
}
