// Original file: proto/docket/registry/v1/registry.proto

import type { Grant as _docket_registry_v1_Grant, Grant__Output as _docket_registry_v1_Grant__Output } from '../../../docket/registry/v1/Grant.js';

export interface ListGrantsResponse {
  'grants'?: (_docket_registry_v1_Grant)[];
  'nextPageToken'?: (string);
}

export interface ListGrantsResponse__Output {
  'grants': (_docket_registry_v1_Grant__Output)[];
  'nextPageToken': (string);
}
