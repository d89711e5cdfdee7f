// Original file: proto/docket/decision/v1/decision.proto

import type { DecideResponse as _docket_decision_v1_DecideResponse, DecideResponse__Output as _docket_decision_v1_DecideResponse__Output } from '../../../docket/decision/v1/DecideResponse.js';
import type { Status as _google_rpc_Status, Status__Output as _google_rpc_Status__Output } from '../../../google/rpc/Status.js';
import type { Owner as _docket_decision_v1_Owner, Owner__Output as _docket_decision_v1_Owner__Output } from '../../../docket/decision/v1/Owner.js';
import type { SettleResponse as _docket_decision_v1_SettleResponse, SettleResponse__Output as _docket_decision_v1_SettleResponse__Output } from '../../../docket/decision/v1/SettleResponse.js';

export interface DecideStreamAnswer {
  'callId'?: (string);
  'decision'?: (_docket_decision_v1_DecideResponse | null);
  'error'?: (_google_rpc_Status | null);
  'owner'?: (_docket_decision_v1_Owner | null);
  'settled'?: (_docket_decision_v1_SettleResponse | null);
  'settleError'?: (_google_rpc_Status | null);
  'result'?: "decision"|"error"|"settled"|"settleError";
}

export interface DecideStreamAnswer__Output {
  'callId': (string);
  'decision'?: (_docket_decision_v1_DecideResponse__Output | null);
  'error'?: (_google_rpc_Status__Output | null);
  'owner': (_docket_decision_v1_Owner__Output | null);
  'settled'?: (_docket_decision_v1_SettleResponse__Output | null);
  'settleError'?: (_google_rpc_Status__Output | null);
  'result'?: "decision"|"error"|"settled"|"settleError";
}
