// Original file: proto/docket/registry/v1/registry.proto

import type { Grant as _docket_registry_v1_Grant, Grant__Output as _docket_registry_v1_Grant__Output } from '../../../docket/registry/v1/Grant.js';
import type { InForce as _docket_registry_v1_InForce, InForce__Output as _docket_registry_v1_InForce__Output } from '../../../docket/registry/v1/InForce.js';

export interface EraseGrantResponse {
  'grant'?: (_docket_registry_v1_Grant | null);
  'inForce'?: (_docket_registry_v1_InForce | null);
  'keyDestroyed'?: (boolean);
}

export interface EraseGrantResponse__Output {
  'grant': (_docket_registry_v1_Grant__Output | null);
  'inForce': (_docket_registry_v1_InForce__Output | null);
  'keyDestroyed': (boolean);
}
