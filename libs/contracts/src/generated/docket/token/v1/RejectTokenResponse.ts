// Original file: proto/docket/token/v1/token.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

export interface RejectTokenResponse {
  'currentGeneration'?: (number | string | Long);
  'retryIn'?: (_google_protobuf_Duration | null);
}

export interface RejectTokenResponse__Output {
  'currentGeneration': (number);
  'retryIn': (_google_protobuf_Duration__Output | null);
}
