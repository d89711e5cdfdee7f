// Original file: proto/docket/approval/v1/approval.proto

import type { ToolState as _docket_registry_v1_ToolState, ToolState__Output as _docket_registry_v1_ToolState__Output } from '../../../docket/registry/v1/ToolState.js';
import type { Risk as _docket_registry_v1_Risk, Risk__Output as _docket_registry_v1_Risk__Output } from '../../../docket/registry/v1/Risk.js';
import type { RiskClass as _docket_registry_v1_RiskClass, RiskClass__Output as _docket_registry_v1_RiskClass__Output } from '../../../docket/registry/v1/RiskClass.js';

export interface CardTool {
  'state'?: (_docket_registry_v1_ToolState);
  'title'?: (string);
  'description'?: (string);
  'risk'?: (_docket_registry_v1_Risk | null);
  'overrideClass'?: (_docket_registry_v1_RiskClass);
  'overrideBy'?: (string);
}

export interface CardTool__Output {
  'state': (_docket_registry_v1_ToolState__Output);
  'title': (string);
  'description': (string);
  'risk': (_docket_registry_v1_Risk__Output | null);
  'overrideClass': (_docket_registry_v1_RiskClass__Output);
  'overrideBy': (string);
}
