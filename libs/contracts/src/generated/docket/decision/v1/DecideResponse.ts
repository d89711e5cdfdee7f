// Original file: proto/docket/decision/v1/decision.proto

import type { Verdict as _docket_decision_v1_Verdict, Verdict__Output as _docket_decision_v1_Verdict__Output } from '../../../docket/decision/v1/Verdict.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../../google/protobuf/Duration.js';
import type { LimitState as _docket_decision_v1_LimitState, LimitState__Output as _docket_decision_v1_LimitState__Output } from '../../../docket/decision/v1/LimitState.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from '../../../docket/decision/v1/Receipt.js';
import type { Step as _docket_decision_v1_Step, Step__Output as _docket_decision_v1_Step__Output } from '../../../docket/decision/v1/Step.js';

export interface DecideResponse {
  'callId'?: (string);
  'verdict'?: (_docket_decision_v1_Verdict);
  'wouldBe'?: (_docket_decision_v1_Verdict);
  'rule'?: (string);
  'message'?: (string);
  'retryAfter'?: (_google_protobuf_Duration | null);
  'limits'?: (_docket_decision_v1_LimitState)[];
  'policyId'?: (string);
  'policyVersion'?: (string);
  'approvalId'?: (string);
  'approvalExpiresAt'?: (_google_protobuf_Timestamp | null);
  'replayed'?: (boolean);
  'receipt'?: (_docket_decision_v1_Receipt | null);
  'grantId'?: (string);
  'decidedAt'?: (_google_protobuf_Timestamp | null);
  'steps'?: (_docket_decision_v1_Step)[];
  'dryRun'?: (boolean);
}

export interface DecideResponse__Output {
  'callId': (string);
  'verdict': (_docket_decision_v1_Verdict__Output);
  'wouldBe': (_docket_decision_v1_Verdict__Output);
  'rule': (string);
  'message': (string);
  'retryAfter': (_google_protobuf_Duration__Output | null);
  'limits': (_docket_decision_v1_LimitState__Output)[];
  'policyId': (string);
  'policyVersion': (string);
  'approvalId': (string);
  'approvalExpiresAt': (_google_protobuf_Timestamp__Output | null);
  'replayed': (boolean);
  'receipt': (_docket_decision_v1_Receipt__Output | null);
  'grantId': (string);
  'decidedAt': (_google_protobuf_Timestamp__Output | null);
  'steps': (_docket_decision_v1_Step__Output)[];
  'dryRun': (boolean);
}
