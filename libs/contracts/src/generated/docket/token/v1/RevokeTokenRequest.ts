// Original file: proto/docket/token/v1/token.proto

import type { Long } from '@grpc/proto-loader';

export interface RevokeTokenRequest {
  'connectionId'?: (string);
  'generation'?: (number | string | Long);
  'grantId'?: (string);
  'token'?: (string);
  'all'?: (boolean);
}

export interface RevokeTokenRequest__Output {
  'connectionId': (string);
  'generation': (number);
  'grantId': (string);
  'token': (string);
  'all': (boolean);
}
