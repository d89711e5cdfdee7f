// Original file: proto/docket/query/v1/query.proto

import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from '../../../docket/decision/v1/Receipt.js';
import type { Order as _docket_query_v1_Order, Order__Output as _docket_query_v1_Order__Output } from '../../../docket/query/v1/Order.js';
import type { State as _docket_approval_v1_State, State__Output as _docket_approval_v1_State__Output } from '../../../docket/approval/v1/State.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface ListApprovalsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
  'atLeast'?: (_docket_decision_v1_Receipt | null);
  'order'?: (_docket_query_v1_Order);
  'grantId'?: (string);
  'serverId'?: (string);
  'tool'?: (string);
  'agent'?: (string);
  'state'?: (_docket_approval_v1_State);
  'from'?: (_google_protobuf_Timestamp | null);
  'to'?: (_google_protobuf_Timestamp | null);
}

export interface ListApprovalsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
  'atLeast': (_docket_decision_v1_Receipt__Output | null);
  'order': (_docket_query_v1_Order__Output);
  'grantId': (string);
  'serverId': (string);
  'tool': (string);
  'agent': (string);
  'state': (_docket_approval_v1_State__Output);
  'from': (_google_protobuf_Timestamp__Output | null);
  'to': (_google_protobuf_Timestamp__Output | null);
}
