// Original file: proto/docket/registry/v1/registry.proto

import type { Long } from '@grpc/proto-loader';

export interface AllowChurnResponse {
  'registryOffset'?: (number | string | Long);
  'unchanged'?: (boolean);
}

export interface AllowChurnResponse__Output {
  'registryOffset': (number);
  'unchanged': (boolean);
}
