// Original file: proto/docket/registry/v1/registry.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface PolicyVersion {
  'policyId'?: (string);
  'version'?: (string);
  'publishedAt'?: (_google_protobuf_Timestamp | null);
  'publishedBy'?: (string);
  'inForce'?: (boolean);
}

export interface PolicyVersion__Output {
  'policyId': (string);
  'version': (string);
  'publishedAt': (_google_protobuf_Timestamp__Output | null);
  'publishedBy': (string);
  'inForce': (boolean);
}
