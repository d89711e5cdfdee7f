// Original file: proto/docket/token/v1/token.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

export interface UnwrapResponse {
  'token'?: (string);
  'connectionId'?: (string);
  'generation'?: (number | string | Long);
  'expiresIn'?: (_google_protobuf_Duration | null);
  'headerName'?: (string);
  'headerPrefix'?: (string);
}

export interface UnwrapResponse__Output {
  'token': (string);
  'connectionId': (string);
  'generation': (number);
  'expiresIn': (_google_protobuf_Duration__Output | null);
  'headerName': (string);
  'headerPrefix': (string);
}
