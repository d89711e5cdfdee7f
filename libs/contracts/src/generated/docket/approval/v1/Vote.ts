// Original file: proto/docket/approval/v1/approval.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface Vote {
  'subject'?: (string);
  'at'?: (_google_protobuf_Timestamp | null);
  'comment'?: (string);
}

export interface Vote__Output {
  'subject': (string);
  'at': (_google_protobuf_Timestamp__Output | null);
  'comment': (string);
}
