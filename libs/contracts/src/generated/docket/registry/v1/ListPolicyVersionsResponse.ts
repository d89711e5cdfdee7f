// Original file: proto/docket/registry/v1/registry.proto

import type { PolicyVersion as _docket_registry_v1_PolicyVersion, PolicyVersion__Output as _docket_registry_v1_PolicyVersion__Output } from '../../../docket/registry/v1/PolicyVersion.js';

export interface ListPolicyVersionsResponse {
  'versions'?: (_docket_registry_v1_PolicyVersion)[];
  'nextPageToken'?: (string);
}

export interface ListPolicyVersionsResponse__Output {
  'versions': (_docket_registry_v1_PolicyVersion__Output)[];
  'nextPageToken': (string);
}
