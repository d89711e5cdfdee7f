// Original file: proto/docket/decision/v1/decision.proto

import type { Outcome as _docket_decision_v1_Outcome, Outcome__Output as _docket_decision_v1_Outcome__Output } from '../../../docket/decision/v1/Outcome.js';
import type { LimitState as _docket_decision_v1_LimitState, LimitState__Output as _docket_decision_v1_LimitState__Output } from '../../../docket/decision/v1/LimitState.js';
import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from '../../../docket/decision/v1/Receipt.js';

export interface SettleResponse {
  'callId'?: (string);
  'outcome'?: (_docket_decision_v1_Outcome);
  'refunded'?: (_docket_decision_v1_LimitState)[];
  'replayed'?: (boolean);
  'receipt'?: (_docket_decision_v1_Receipt | null);
}

export interface SettleResponse__Output {
  'callId': (string);
  'outcome': (_docket_decision_v1_Outcome__Output);
  'refunded': (_docket_decision_v1_LimitState__Output)[];
  'replayed': (boolean);
  'receipt': (_docket_decision_v1_Receipt__Output | null);
}
