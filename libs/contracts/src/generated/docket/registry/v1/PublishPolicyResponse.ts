// Original file: proto/docket/registry/v1/registry.proto

import type { PolicyVersion as _docket_registry_v1_PolicyVersion, PolicyVersion__Output as _docket_registry_v1_PolicyVersion__Output } from '../../../docket/registry/v1/PolicyVersion.js';
import type { InForce as _docket_registry_v1_InForce, InForce__Output as _docket_registry_v1_InForce__Output } from '../../../docket/registry/v1/InForce.js';
import type { PolicyWarning as _docket_registry_v1_PolicyWarning, PolicyWarning__Output as _docket_registry_v1_PolicyWarning__Output } from '../../../docket/registry/v1/PolicyWarning.js';

export interface PublishPolicyResponse {
  'version'?: (_docket_registry_v1_PolicyVersion | null);
  'inForce'?: (_docket_registry_v1_InForce | null);
  'warnings'?: (_docket_registry_v1_PolicyWarning)[];
  'unchanged'?: (boolean);
}

export interface PublishPolicyResponse__Output {
  'version': (_docket_registry_v1_PolicyVersion__Output | null);
  'inForce': (_docket_registry_v1_InForce__Output | null);
  'warnings': (_docket_registry_v1_PolicyWarning__Output)[];
  'unchanged': (boolean);
}
