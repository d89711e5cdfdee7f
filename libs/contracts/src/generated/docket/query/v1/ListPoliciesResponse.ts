// Original file: proto/docket/query/v1/query.proto

import type { PolicyPublication as _docket_query_v1_PolicyPublication, PolicyPublication__Output as _docket_query_v1_PolicyPublication__Output } from '../../../docket/query/v1/PolicyPublication.js';
import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from '../../../docket/query/v1/AsOf.js';

export interface ListPoliciesResponse {
  'policies'?: (_docket_query_v1_PolicyPublication)[];
  'nextPageToken'?: (string);
  'asOf'?: (_docket_query_v1_AsOf | null);
}

export interface ListPoliciesResponse__Output {
  'policies': (_docket_query_v1_PolicyPublication__Output)[];
  'nextPageToken': (string);
  'asOf': (_docket_query_v1_AsOf__Output | null);
}
