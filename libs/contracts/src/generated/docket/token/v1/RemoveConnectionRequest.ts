// Original file: proto/docket/token/v1/connection.proto

import type { Long } from '@grpc/proto-loader';

export interface RemoveConnectionRequest {
  'connectionId'?: (string);
  'secretVersion'?: (number | string | Long);
}

export interface RemoveConnectionRequest__Output {
  'connectionId': (string);
  'secretVersion': (number);
}
