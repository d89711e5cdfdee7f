// Original file: proto/docket/registry/v1/registry.proto

import type { Server as _docket_registry_v1_Server, Server__Output as _docket_registry_v1_Server__Output } from '../../../docket/registry/v1/Server.js';
import type { Long } from '@grpc/proto-loader';

export interface RegisterServerResponse {
  'server'?: (_docket_registry_v1_Server | null);
  'registryOffset'?: (number | string | Long);
}

export interface RegisterServerResponse__Output {
  'server': (_docket_registry_v1_Server__Output | null);
  'registryOffset': (number);
}
