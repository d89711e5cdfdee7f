// Original file: proto/docket/registry/v1/registry.proto

import type { Long } from '@grpc/proto-loader';

export interface InForce {
  'registryOffset'?: (number | string | Long);
  'pendingPartitions'?: (number)[];
}

export interface InForce__Output {
  'registryOffset': (number);
  'pendingPartitions': (number)[];
}
