// Original file: proto/docket/registry/v1/registry.proto

import type { Server as _docket_registry_v1_Server, Server__Output as _docket_registry_v1_Server__Output } from '../../../docket/registry/v1/Server.js';

export interface ListServersResponse {
  'servers'?: (_docket_registry_v1_Server)[];
  'nextPageToken'?: (string);
}

export interface ListServersResponse__Output {
  'servers': (_docket_registry_v1_Server__Output)[];
  'nextPageToken': (string);
}
