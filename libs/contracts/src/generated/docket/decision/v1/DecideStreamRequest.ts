// Original file: proto/docket/decision/v1/decision.proto

import type { DecideRequest as _docket_decision_v1_DecideRequest, DecideRequest__Output as _docket_decision_v1_DecideRequest__Output } from '../../../docket/decision/v1/DecideRequest.js';
import type { SettleRequest as _docket_decision_v1_SettleRequest, SettleRequest__Output as _docket_decision_v1_SettleRequest__Output } from '../../../docket/decision/v1/SettleRequest.js';

export interface DecideStreamRequest {
  'calls'?: (_docket_decision_v1_DecideRequest)[];
  'settlements'?: (_docket_decision_v1_SettleRequest)[];
}

export interface DecideStreamRequest__Output {
  'calls': (_docket_decision_v1_DecideRequest__Output)[];
  'settlements': (_docket_decision_v1_SettleRequest__Output)[];
}
