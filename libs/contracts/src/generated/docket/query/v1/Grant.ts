// Original file: proto/docket/query/v1/query.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

export interface Grant {
  'grantId'?: (string);
  'serverId'?: (string);
  'policyId'?: (string);
  'mode'?: (string);
  'label'?: (string);
  'issuedBy'?: (string);
  'issuedAt'?: (_google_protobuf_Timestamp | null);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
  'revokedBy'?: (string);
  'revokedAt'?: (_google_protobuf_Timestamp | null);
  'registryOffset'?: (number | string | Long);
  'erasedBy'?: (string);
  'erasedAt'?: (_google_protobuf_Timestamp | null);
}

export interface Grant__Output {
  'grantId': (string);
  'serverId': (string);
  'policyId': (string);
  'mode': (string);
  'label': (string);
  'issuedBy': (string);
  'issuedAt': (_google_protobuf_Timestamp__Output | null);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
  'revokedBy': (string);
  'revokedAt': (_google_protobuf_Timestamp__Output | null);
  'registryOffset': (number);
  'erasedBy': (string);
  'erasedAt': (_google_protobuf_Timestamp__Output | null);
}
