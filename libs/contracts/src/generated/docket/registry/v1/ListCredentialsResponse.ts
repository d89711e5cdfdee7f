// Original file: proto/docket/registry/v1/registry.proto

import type { Credential as _docket_registry_v1_Credential, Credential__Output as _docket_registry_v1_Credential__Output } from '../../../docket/registry/v1/Credential.js';

export interface ListCredentialsResponse {
  'credentials'?: (_docket_registry_v1_Credential)[];
  'nextPageToken'?: (string);
}

export interface ListCredentialsResponse__Output {
  'credentials': (_docket_registry_v1_Credential__Output)[];
  'nextPageToken': (string);
}
