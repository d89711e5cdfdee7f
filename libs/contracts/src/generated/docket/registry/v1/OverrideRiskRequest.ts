// Original file: proto/docket/registry/v1/registry.proto

import type { RiskClass as _docket_registry_v1_RiskClass, RiskClass__Output as _docket_registry_v1_RiskClass__Output } from '../../../docket/registry/v1/RiskClass.js';

export interface OverrideRiskRequest {
  'serverId'?: (string);
  'tool'?: (string);
  'riskClass'?: (_docket_registry_v1_RiskClass);
}

export interface OverrideRiskRequest__Output {
  'serverId': (string);
  'tool': (string);
  'riskClass': (_docket_registry_v1_RiskClass__Output);
}
