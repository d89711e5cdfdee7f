// Original file: proto/docket/query/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface Position {
  'partition'?: (number);
  'nextOffset'?: (number | string | Long);
}

export interface Position__Output {
  'partition': (number);
  'nextOffset': (number);
}
