// Original file: proto/docket/registry/v1/registry.proto

import type { ChurnRule as _docket_registry_v1_ChurnRule, ChurnRule__Output as _docket_registry_v1_ChurnRule__Output } from '../../../docket/registry/v1/ChurnRule.js';

export interface AllowChurnRequest {
  'serverId'?: (string);
  'rules'?: (_docket_registry_v1_ChurnRule)[];
}

export interface AllowChurnRequest__Output {
  'serverId': (string);
  'rules': (_docket_registry_v1_ChurnRule__Output)[];
}
