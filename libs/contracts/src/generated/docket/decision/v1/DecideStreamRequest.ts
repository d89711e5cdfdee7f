// Original file: proto/docket/decision/v1/decision.proto

import type { DecideRequest as _docket_decision_v1_DecideRequest, DecideRequest__Output as _docket_decision_v1_DecideRequest__Output } from '../../../docket/decision/v1/DecideRequest.js';

export interface DecideStreamRequest {
  'calls'?: (_docket_decision_v1_DecideRequest)[];
}

export interface DecideStreamRequest__Output {
  'calls': (_docket_decision_v1_DecideRequest__Output)[];
}
