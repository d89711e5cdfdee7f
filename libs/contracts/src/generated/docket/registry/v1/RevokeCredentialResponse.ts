// Original file: proto/docket/registry/v1/registry.proto

import type { Credential as _docket_registry_v1_Credential, Credential__Output as _docket_registry_v1_Credential__Output } from '../../../docket/registry/v1/Credential.js';
import type { Long } from '@grpc/proto-loader';

export interface RevokeCredentialResponse {
  'credential'?: (_docket_registry_v1_Credential | null);
  'registryOffset'?: (number | string | Long);
}

export interface RevokeCredentialResponse__Output {
  'credential': (_docket_registry_v1_Credential__Output | null);
  'registryOffset': (number);
}
