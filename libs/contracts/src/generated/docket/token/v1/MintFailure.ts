// Original file: proto/docket/token/v1/connection.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface MintFailure {
  'class'?: (string);
  'code'?: (string);
  'status'?: (number);
  'at'?: (_google_protobuf_Timestamp | null);
  'retryAt'?: (_google_protobuf_Timestamp | null);
}

export interface MintFailure__Output {
  'class': (string);
  'code': (string);
  'status': (number);
  'at': (_google_protobuf_Timestamp__Output | null);
  'retryAt': (_google_protobuf_Timestamp__Output | null);
}
