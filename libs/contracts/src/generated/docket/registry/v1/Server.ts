// Original file: proto/docket/registry/v1/registry.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface Server {
  'serverId'?: (string);
  'name'?: (string);
  'registeredAt'?: (_google_protobuf_Timestamp | null);
}

export interface Server__Output {
  'serverId': (string);
  'name': (string);
  'registeredAt': (_google_protobuf_Timestamp__Output | null);
}
