// Original file: proto/docket/token/v1/connection.proto

import type { Long } from '@grpc/proto-loader';

export interface RotateSecretRequest {
  'connectionId'?: (string);
  'secret'?: (string);
  'secretVersion'?: (number | string | Long);
}

export interface RotateSecretRequest__Output {
  'connectionId': (string);
  'secret': (string);
  'secretVersion': (number);
}
