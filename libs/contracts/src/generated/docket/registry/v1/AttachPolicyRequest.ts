// Original file: proto/docket/registry/v1/registry.proto

import type { Mode as _docket_registry_v1_Mode, Mode__Output as _docket_registry_v1_Mode__Output } from '../../../docket/registry/v1/Mode.js';

export interface AttachPolicyRequest {
  'grantId'?: (string);
  'policyId'?: (string);
  'mode'?: (_docket_registry_v1_Mode);
}

export interface AttachPolicyRequest__Output {
  'grantId': (string);
  'policyId': (string);
  'mode': (_docket_registry_v1_Mode__Output);
}
