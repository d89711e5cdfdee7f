// Original file: proto/docket/registry/v1/registry.proto

import type { Credential as _docket_registry_v1_Credential, Credential__Output as _docket_registry_v1_Credential__Output } from '../../../docket/registry/v1/Credential.js';
import type { Long } from '@grpc/proto-loader';

export interface IssueCredentialResponse {
  'credential'?: (_docket_registry_v1_Credential | null);
  'token'?: (string);
  'registryOffset'?: (number | string | Long);
}

export interface IssueCredentialResponse__Output {
  'credential': (_docket_registry_v1_Credential__Output | null);
  'token': (string);
  'registryOffset': (number);
}
