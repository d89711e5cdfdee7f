// Original file: proto/docket/token/v1/token.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../../google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

export interface GetTokenResponse {
  'token'?: (string);
  'generation'?: (number | string | Long);
  'expiresIn'?: (_google_protobuf_Duration | null);
  'refreshIn'?: (_google_protobuf_Duration | null);
  'usableFor'?: (_google_protobuf_Duration | null);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
  'headerName'?: (string);
  'headerPrefix'?: (string);
  'handle'?: (string);
  'standIn'?: (string);
  'stale'?: (boolean);
  'ownerAddress'?: (string);
  'lifetime'?: (_google_protobuf_Duration | null);
  'dpopKey'?: (string);
}

export interface GetTokenResponse__Output {
  'token': (string);
  'generation': (number);
  'expiresIn': (_google_protobuf_Duration__Output | null);
  'refreshIn': (_google_protobuf_Duration__Output | null);
  'usableFor': (_google_protobuf_Duration__Output | null);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
  'headerName': (string);
  'headerPrefix': (string);
  'handle': (string);
  'standIn': (string);
  'stale': (boolean);
  'ownerAddress': (string);
  'lifetime': (_google_protobuf_Duration__Output | null);
  'dpopKey': (string);
}
