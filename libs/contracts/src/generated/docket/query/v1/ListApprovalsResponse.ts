// Original file: proto/docket/query/v1/query.proto

import type { Approval as _docket_query_v1_Approval, Approval__Output as _docket_query_v1_Approval__Output } from '../../../docket/query/v1/Approval.js';
import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from '../../../docket/query/v1/AsOf.js';

export interface ListApprovalsResponse {
  'approvals'?: (_docket_query_v1_Approval)[];
  'nextPageToken'?: (string);
  'asOf'?: (_docket_query_v1_AsOf | null);
}

export interface ListApprovalsResponse__Output {
  'approvals': (_docket_query_v1_Approval__Output)[];
  'nextPageToken': (string);
  'asOf': (_docket_query_v1_AsOf__Output | null);
}
