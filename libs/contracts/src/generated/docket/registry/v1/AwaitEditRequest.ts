// Original file: proto/docket/registry/v1/registry.proto

import type { Long } from '@grpc/proto-loader';

export interface AwaitEditRequest {
  'registryOffset'?: (number | string | Long);
  'partitions'?: (number)[];
  'waitMs'?: (number);
}

export interface AwaitEditRequest__Output {
  'registryOffset': (number);
  'partitions': (number)[];
  'waitMs': (number);
}
