// Original file: proto/docket/decision/v1/decision.proto

import type { Long } from '@grpc/proto-loader';

export interface Owner {
  'address'?: (string);
  'partition'?: (number);
  'epoch'?: (number | string | Long);
  'partitions'?: (number);
}

export interface Owner__Output {
  'address': (string);
  'partition': (number);
  'epoch': (number);
  'partitions': (number);
}
