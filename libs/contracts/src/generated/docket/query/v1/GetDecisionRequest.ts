// Original file: proto/docket/query/v1/query.proto

import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from '../../../docket/decision/v1/Receipt.js';

export interface GetDecisionRequest {
  'grantId'?: (string);
  'callId'?: (string);
  'atLeast'?: (_docket_decision_v1_Receipt | null);
}

export interface GetDecisionRequest__Output {
  'grantId': (string);
  'callId': (string);
  'atLeast': (_docket_decision_v1_Receipt__Output | null);
}
