// Original file: proto/docket/token/v1/token.proto

import type { ConnectionState as _docket_token_v1_ConnectionState, ConnectionState__Output as _docket_token_v1_ConnectionState__Output } from '../../../docket/token/v1/ConnectionState.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

export interface WatchTokensResponse {
  'connectionId'?: (string);
  'slot'?: (string);
  'generation'?: (number | string | Long);
  'endedGeneration'?: (number | string | Long);
  'state'?: (_docket_token_v1_ConnectionState);
  'secretVersion'?: (number | string | Long);
  'inSync'?: (boolean);
  'heardAgo'?: (_google_protobuf_Duration | null);
}

export interface WatchTokensResponse__Output {
  'connectionId': (string);
  'slot': (string);
  'generation': (number);
  'endedGeneration': (number);
  'state': (_docket_token_v1_ConnectionState__Output);
  'secretVersion': (number);
  'inSync': (boolean);
  'heardAgo': (_google_protobuf_Duration__Output | null);
}
