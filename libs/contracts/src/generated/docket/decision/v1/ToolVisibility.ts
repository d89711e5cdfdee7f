// Original file: proto/docket/decision/v1/decision.proto

import type { LimitState as _docket_decision_v1_LimitState, LimitState__Output as _docket_decision_v1_LimitState__Output } from '../../../docket/decision/v1/LimitState.js';

export interface ToolVisibility {
  'name'?: (string);
  'visible'?: (boolean);
  'limits'?: (_docket_decision_v1_LimitState)[];
}

export interface ToolVisibility__Output {
  'name': (string);
  'visible': (boolean);
  'limits': (_docket_decision_v1_LimitState__Output)[];
}
