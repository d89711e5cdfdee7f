// Original file: proto/docket/query/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface Stopped {
  'partition'?: (number);
  'offset'?: (number | string | Long);
  'reason'?: (string);
}

export interface Stopped__Output {
  'partition': (number);
  'offset': (number);
  'reason': (string);
}
