// Original file: proto/docket/token/v1/connection.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

export interface TokenInfo {
  'generation'?: (number | string | Long);
  'mintedAt'?: (_google_protobuf_Timestamp | null);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
  'endedBy'?: (string);
}

export interface TokenInfo__Output {
  'generation': (number);
  'mintedAt': (_google_protobuf_Timestamp__Output | null);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
  'endedBy': (string);
}
