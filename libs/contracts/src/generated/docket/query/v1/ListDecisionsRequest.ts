// Original file: proto/docket/query/v1/query.proto

import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from '../../../docket/decision/v1/Receipt.js';
import type { Order as _docket_query_v1_Order, Order__Output as _docket_query_v1_Order__Output } from '../../../docket/query/v1/Order.js';
import type { Verdict as _docket_decision_v1_Verdict, Verdict__Output as _docket_decision_v1_Verdict__Output } from '../../../docket/decision/v1/Verdict.js';
import type { Outcome as _docket_decision_v1_Outcome, Outcome__Output as _docket_decision_v1_Outcome__Output } from '../../../docket/decision/v1/Outcome.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface ListDecisionsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
  'atLeast'?: (_docket_decision_v1_Receipt | null);
  'order'?: (_docket_query_v1_Order);
  'grantId'?: (string);
  'serverId'?: (string);
  'tool'?: (string);
  'verdicts'?: (_docket_decision_v1_Verdict)[];
  'wouldBe'?: (_docket_decision_v1_Verdict)[];
  'rule'?: (string);
  'policyId'?: (string);
  'policyVersion'?: (string);
  'sessionId'?: (string);
  'agent'?: (string);
  'principal'?: (string);
  'outcome'?: (_docket_decision_v1_Outcome);
  'from'?: (_google_protobuf_Timestamp | null);
  'to'?: (_google_protobuf_Timestamp | null);
}

export interface ListDecisionsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
  'atLeast': (_docket_decision_v1_Receipt__Output | null);
  'order': (_docket_query_v1_Order__Output);
  'grantId': (string);
  'serverId': (string);
  'tool': (string);
  'verdicts': (_docket_decision_v1_Verdict__Output)[];
  'wouldBe': (_docket_decision_v1_Verdict__Output)[];
  'rule': (string);
  'policyId': (string);
  'policyVersion': (string);
  'sessionId': (string);
  'agent': (string);
  'principal': (string);
  'outcome': (_docket_decision_v1_Outcome__Output);
  'from': (_google_protobuf_Timestamp__Output | null);
  'to': (_google_protobuf_Timestamp__Output | null);
}
