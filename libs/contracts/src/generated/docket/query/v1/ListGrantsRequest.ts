// Original file: proto/docket/query/v1/query.proto

import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from '../../../docket/decision/v1/Receipt.js';
import type { GrantState as _docket_query_v1_GrantState, GrantState__Output as _docket_query_v1_GrantState__Output } from '../../../docket/query/v1/GrantState.js';

export interface ListGrantsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
  'atLeast'?: (_docket_decision_v1_Receipt | null);
  'serverId'?: (string);
  'policyId'?: (string);
  'state'?: (_docket_query_v1_GrantState);
}

export interface ListGrantsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
  'atLeast': (_docket_decision_v1_Receipt__Output | null);
  'serverId': (string);
  'policyId': (string);
  'state': (_docket_query_v1_GrantState__Output);
}
