// Original file: proto/docket/registry/v1/registry.proto

import type { PolicyVersion as _docket_registry_v1_PolicyVersion, PolicyVersion__Output as _docket_registry_v1_PolicyVersion__Output } from '../../../docket/registry/v1/PolicyVersion.js';

export interface ListPoliciesResponse {
  'policies'?: (_docket_registry_v1_PolicyVersion)[];
  'nextPageToken'?: (string);
}

export interface ListPoliciesResponse__Output {
  'policies': (_docket_registry_v1_PolicyVersion__Output)[];
  'nextPageToken': (string);
}
