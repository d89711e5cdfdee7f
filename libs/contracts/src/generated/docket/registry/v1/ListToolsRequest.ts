// Original file: proto/docket/registry/v1/registry.proto

import type { Long } from '@grpc/proto-loader';

export interface ListToolsRequest {
  'serverId'?: (string);
  'pageToken'?: (string);
  'withRisk'?: (boolean);
  'afterRegistryOffset'?: (number | string | Long);
  'waitMs'?: (number);
}

export interface ListToolsRequest__Output {
  'serverId': (string);
  'pageToken': (string);
  'withRisk': (boolean);
  'afterRegistryOffset': (number);
  'waitMs': (number);
}
