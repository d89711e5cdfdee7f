// Original file: proto/docket/query/v1/query.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

export interface PolicyPublication {
  'policyId'?: (string);
  'version'?: (string);
  'inForce'?: (boolean);
  'publishedBy'?: (string);
  'publishedAt'?: (_google_protobuf_Timestamp | null);
  'registryOffset'?: (number | string | Long);
}

export interface PolicyPublication__Output {
  'policyId': (string);
  'version': (string);
  'inForce': (boolean);
  'publishedBy': (string);
  'publishedAt': (_google_protobuf_Timestamp__Output | null);
  'registryOffset': (number);
}
