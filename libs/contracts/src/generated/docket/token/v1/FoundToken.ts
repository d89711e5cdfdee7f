// Original file: proto/docket/token/v1/token.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

export interface FoundToken {
  'connectionId'?: (string);
  'generation'?: (number | string | Long);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
  'newest'?: (boolean);
  'endedBefore'?: (boolean);
  'issuerTold'?: (boolean);
}

export interface FoundToken__Output {
  'connectionId': (string);
  'generation': (number);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
  'newest': (boolean);
  'endedBefore': (boolean);
  'issuerTold': (boolean);
}
