// Original file: proto/docket/registry/v1/registry.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface IssueGrantRequest {
  'serverId'?: (string);
  'policyId'?: (string);
  'label'?: (string);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
}

export interface IssueGrantRequest__Output {
  'serverId': (string);
  'policyId': (string);
  'label': (string);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
}
