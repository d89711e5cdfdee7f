// Original file: proto/docket/decision/v1/decision.proto

import type { Outcome as _docket_decision_v1_Outcome, Outcome__Output as _docket_decision_v1_Outcome__Output } from '../../../docket/decision/v1/Outcome.js';

export interface SettleRequest {
  'grant'?: (string);
  'callId'?: (string);
  'outcome'?: (_docket_decision_v1_Outcome);
}

export interface SettleRequest__Output {
  'grant': (string);
  'callId': (string);
  'outcome': (_docket_decision_v1_Outcome__Output);
}
