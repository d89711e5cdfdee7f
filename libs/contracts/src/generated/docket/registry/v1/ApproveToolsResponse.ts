// Original file: proto/docket/registry/v1/registry.proto

import type { Long } from '@grpc/proto-loader';

export interface ApproveToolsResponse {
  'registryOffset'?: (number | string | Long);
  'unchanged'?: (boolean);
}

export interface ApproveToolsResponse__Output {
  'registryOffset': (number);
  'unchanged': (boolean);
}
