// Original file: proto/docket/cluster/v1/cluster.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

export interface LastClaim {
  'node'?: (string);
  'address'?: (string);
  'epoch'?: (number | string | Long);
  'offset'?: (number | string | Long);
  'claimedAt'?: (_google_protobuf_Timestamp | null);
}

export interface LastClaim__Output {
  'node': (string);
  'address': (string);
  'epoch': (number);
  'offset': (number);
  'claimedAt': (_google_protobuf_Timestamp__Output | null);
}
