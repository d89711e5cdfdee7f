// Original file: proto/docket/decision/v1/decision.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface GrantChanged {
  'grantId'?: (string);
  'serverId'?: (string);
  'revoked'?: (boolean);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
  'policyId'?: (string);
  'mode'?: (string);
}

export interface GrantChanged__Output {
  'grantId': (string);
  'serverId': (string);
  'revoked': (boolean);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
  'policyId': (string);
  'mode': (string);
}
