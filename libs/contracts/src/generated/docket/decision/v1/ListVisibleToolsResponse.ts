// Original file: proto/docket/decision/v1/decision.proto

import type { ToolVisibility as _docket_decision_v1_ToolVisibility, ToolVisibility__Output as _docket_decision_v1_ToolVisibility__Output } from '../../../docket/decision/v1/ToolVisibility.js';

export interface ListVisibleToolsResponse {
  'tools'?: (_docket_decision_v1_ToolVisibility)[];
  'policyId'?: (string);
  'policyVersion'?: (string);
}

export interface ListVisibleToolsResponse__Output {
  'tools': (_docket_decision_v1_ToolVisibility__Output)[];
  'policyId': (string);
  'policyVersion': (string);
}
