// Original file: proto/docket/query/v1/query.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface LimitWindow {
  'grantId'?: (string);
  'serverId'?: (string);
  'scope'?: (string);
  'scopeKey'?: (string);
  'counter'?: (string);
  'window'?: (string);
  'sliding'?: (boolean);
  'windowEnd'?: (_google_protobuf_Timestamp | null);
  'isCurrent'?: (boolean);
  'used'?: (string);
  'limit'?: (string);
  'remaining'?: (string);
  'firstAt'?: (_google_protobuf_Timestamp | null);
  'lastAt'?: (_google_protobuf_Timestamp | null);
  'partition'?: (number);
}

export interface LimitWindow__Output {
  'grantId': (string);
  'serverId': (string);
  'scope': (string);
  'scopeKey': (string);
  'counter': (string);
  'window': (string);
  'sliding': (boolean);
  'windowEnd': (_google_protobuf_Timestamp__Output | null);
  'isCurrent': (boolean);
  'used': (string);
  'limit': (string);
  'remaining': (string);
  'firstAt': (_google_protobuf_Timestamp__Output | null);
  'lastAt': (_google_protobuf_Timestamp__Output | null);
  'partition': (number);
}
