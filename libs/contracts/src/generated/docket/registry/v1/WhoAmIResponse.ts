// Original file: proto/docket/registry/v1/registry.proto

import type { Credential as _docket_registry_v1_Credential, Credential__Output as _docket_registry_v1_Credential__Output } from '../../../docket/registry/v1/Credential.js';

export interface WhoAmIResponse {
  'credential'?: (_docket_registry_v1_Credential | null);
  'organisation'?: (string);
}

export interface WhoAmIResponse__Output {
  'credential': (_docket_registry_v1_Credential__Output | null);
  'organisation': (string);
}
