// Original file: proto/docket/decision/v1/decision.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface LimitState {
  'rule'?: (string);
  'counter'?: (string);
  'scope'?: (string);
  'limit'?: (string);
  'used'?: (string);
  'remaining'?: (string);
  'resetsAt'?: (_google_protobuf_Timestamp | null);
  'refused'?: (boolean);
  'window'?: (string);
  'sliding'?: (boolean);
}

export interface LimitState__Output {
  'rule': (string);
  'counter': (string);
  'scope': (string);
  'limit': (string);
  'used': (string);
  'remaining': (string);
  'resetsAt': (_google_protobuf_Timestamp__Output | null);
  'refused': (boolean);
  'window': (string);
  'sliding': (boolean);
}
