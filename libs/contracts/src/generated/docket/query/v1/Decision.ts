// Original file: proto/docket/query/v1/query.proto

import type { Verdict as _docket_decision_v1_Verdict, Verdict__Output as _docket_decision_v1_Verdict__Output } from '../../../docket/decision/v1/Verdict.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Outcome as _docket_decision_v1_Outcome, Outcome__Output as _docket_decision_v1_Outcome__Output } from '../../../docket/decision/v1/Outcome.js';
import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from '../../../docket/decision/v1/Receipt.js';

export interface Decision {
  'callId'?: (string);
  'grantId'?: (string);
  'serverId'?: (string);
  'tool'?: (string);
  'verdict'?: (_docket_decision_v1_Verdict);
  'wouldBe'?: (_docket_decision_v1_Verdict);
  'rule'?: (string);
  'policyId'?: (string);
  'policyVersion'?: (string);
  'sessionId'?: (string);
  'agent'?: (string);
  'principal'?: (string);
  'decidedAt'?: (_google_protobuf_Timestamp | null);
  'outcome'?: (_docket_decision_v1_Outcome);
  'settledAt'?: (_google_protobuf_Timestamp | null);
  'receipt'?: (_docket_decision_v1_Receipt | null);
}

export interface Decision__Output {
  'callId': (string);
  'grantId': (string);
  'serverId': (string);
  'tool': (string);
  'verdict': (_docket_decision_v1_Verdict__Output);
  'wouldBe': (_docket_decision_v1_Verdict__Output);
  'rule': (string);
  'policyId': (string);
  'policyVersion': (string);
  'sessionId': (string);
  'agent': (string);
  'principal': (string);
  'decidedAt': (_google_protobuf_Timestamp__Output | null);
  'outcome': (_docket_decision_v1_Outcome__Output);
  'settledAt': (_google_protobuf_Timestamp__Output | null);
  'receipt': (_docket_decision_v1_Receipt__Output | null);
}
