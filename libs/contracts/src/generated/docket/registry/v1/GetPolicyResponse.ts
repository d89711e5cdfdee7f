// Original file: proto/docket/registry/v1/registry.proto

import type { PolicyVersion as _docket_registry_v1_PolicyVersion, PolicyVersion__Output as _docket_registry_v1_PolicyVersion__Output } from '../../../docket/registry/v1/PolicyVersion.js';
import type { InForce as _docket_registry_v1_InForce, InForce__Output as _docket_registry_v1_InForce__Output } from '../../../docket/registry/v1/InForce.js';

export interface GetPolicyResponse {
  'version'?: (_docket_registry_v1_PolicyVersion | null);
  'document'?: (Buffer | Uint8Array | string);
  'inForce'?: (_docket_registry_v1_InForce | null);
}

export interface GetPolicyResponse__Output {
  'version': (_docket_registry_v1_PolicyVersion__Output | null);
  'document': (Buffer);
  'inForce': (_docket_registry_v1_InForce__Output | null);
}
