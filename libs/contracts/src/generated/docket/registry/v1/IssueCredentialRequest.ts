// Original file: proto/docket/registry/v1/registry.proto

import type { Role as _docket_registry_v1_Role, Role__Output as _docket_registry_v1_Role__Output } from '../../../docket/registry/v1/Role.js';

export interface IssueCredentialRequest {
  'subject'?: (string);
  'roles'?: (_docket_registry_v1_Role)[];
  'serverIds'?: (string)[];
}

export interface IssueCredentialRequest__Output {
  'subject': (string);
  'roles': (_docket_registry_v1_Role__Output)[];
  'serverIds': (string)[];
}
