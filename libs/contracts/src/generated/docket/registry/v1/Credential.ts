// Original file: proto/docket/registry/v1/registry.proto

import type { Role as _docket_registry_v1_Role, Role__Output as _docket_registry_v1_Role__Output } from '../../../docket/registry/v1/Role.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface Credential {
  'credentialId'?: (string);
  'subject'?: (string);
  'roles'?: (_docket_registry_v1_Role)[];
  'serverIds'?: (string)[];
  'issuedAt'?: (_google_protobuf_Timestamp | null);
  'revokedAt'?: (_google_protobuf_Timestamp | null);
}

export interface Credential__Output {
  'credentialId': (string);
  'subject': (string);
  'roles': (_docket_registry_v1_Role__Output)[];
  'serverIds': (string)[];
  'issuedAt': (_google_protobuf_Timestamp__Output | null);
  'revokedAt': (_google_protobuf_Timestamp__Output | null);
}
