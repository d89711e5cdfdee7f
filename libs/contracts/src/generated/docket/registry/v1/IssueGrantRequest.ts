// Original file: proto/docket/registry/v1/registry.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Mode as _docket_registry_v1_Mode, Mode__Output as _docket_registry_v1_Mode__Output } from '../../../docket/registry/v1/Mode.js';

export interface IssueGrantRequest {
  'serverId'?: (string);
  'policyId'?: (string);
  'label'?: (string);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
  'mode'?: (_docket_registry_v1_Mode);
}

export interface IssueGrantRequest__Output {
  'serverId': (string);
  'policyId': (string);
  'label': (string);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
  'mode': (_docket_registry_v1_Mode__Output);
}
