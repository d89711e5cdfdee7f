// Original file: proto/docket/token/v1/token.proto

import type { Long } from '@grpc/proto-loader';

export interface RejectTokenRequest {
  'connectionId'?: (string);
  'generation'?: (number | string | Long);
  'subject'?: (string);
  'grantId'?: (string);
  'scopes'?: (string)[];
}

export interface RejectTokenRequest__Output {
  'connectionId': (string);
  'generation': (number);
  'subject': (string);
  'grantId': (string);
  'scopes': (string)[];
}
