// Original file: proto/docket/cluster/v1/cluster.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { LastClaim as _docket_cluster_v1_LastClaim, LastClaim__Output as _docket_cluster_v1_LastClaim__Output } from '../../../docket/cluster/v1/LastClaim.js';
import type { Long } from '@grpc/proto-loader';

export interface PartitionView {
  'topic'?: (string);
  'partition'?: (number);
  'role'?: (string);
  'share'?: (string);
  'logReachable'?: (boolean);
  'epoch'?: (number | string | Long);
  'nextOffset'?: (number | string | Long);
  'pending'?: (number);
  'lastEventAt'?: (_google_protobuf_Timestamp | null);
  'lastClaim'?: (_docket_cluster_v1_LastClaim | null);
  'plannedOwner'?: (string);
  'plannedStandby'?: (string);
}

export interface PartitionView__Output {
  'topic': (string);
  'partition': (number);
  'role': (string);
  'share': (string);
  'logReachable': (boolean);
  'epoch': (number);
  'nextOffset': (number);
  'pending': (number);
  'lastEventAt': (_google_protobuf_Timestamp__Output | null);
  'lastClaim': (_docket_cluster_v1_LastClaim__Output | null);
  'plannedOwner': (string);
  'plannedStandby': (string);
}
