// Original file: proto/docket/query/v1/query.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface Charge {
  'scope'?: (string);
  'counter'?: (string);
  'window'?: (string);
  'sliding'?: (boolean);
  'amount'?: (string);
  'windowEnd'?: (_google_protobuf_Timestamp | null);
  'refundedAt'?: (_google_protobuf_Timestamp | null);
}

export interface Charge__Output {
  'scope': (string);
  'counter': (string);
  'window': (string);
  'sliding': (boolean);
  'amount': (string);
  'windowEnd': (_google_protobuf_Timestamp__Output | null);
  'refundedAt': (_google_protobuf_Timestamp__Output | null);
}
