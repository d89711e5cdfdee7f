// Original file: proto/docket/decision/v1/decision.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchGrantsRequest {
  'afterRegistryOffset'?: (number | string | Long);
}

export interface WatchGrantsRequest__Output {
  'afterRegistryOffset': (number);
}
