// Original file: proto/docket/registry/v1/registry.proto

import type { Mode as _docket_registry_v1_Mode, Mode__Output as _docket_registry_v1_Mode__Output } from '../../../docket/registry/v1/Mode.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface Grant {
  'grantId'?: (string);
  'serverId'?: (string);
  'policyId'?: (string);
  'mode'?: (_docket_registry_v1_Mode);
  'label'?: (string);
  'issuedAt'?: (_google_protobuf_Timestamp | null);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
  'revokedAt'?: (_google_protobuf_Timestamp | null);
  'issuedBy'?: (string);
  'partition'?: (number);
  'erasedAt'?: (_google_protobuf_Timestamp | null);
}

export interface Grant__Output {
  'grantId': (string);
  'serverId': (string);
  'policyId': (string);
  'mode': (_docket_registry_v1_Mode__Output);
  'label': (string);
  'issuedAt': (_google_protobuf_Timestamp__Output | null);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
  'revokedAt': (_google_protobuf_Timestamp__Output | null);
  'issuedBy': (string);
  'partition': (number);
  'erasedAt': (_google_protobuf_Timestamp__Output | null);
}
