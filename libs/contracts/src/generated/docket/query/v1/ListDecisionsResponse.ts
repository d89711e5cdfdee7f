// Original file: proto/docket/query/v1/query.proto

import type { Decision as _docket_query_v1_Decision, Decision__Output as _docket_query_v1_Decision__Output } from '../../../docket/query/v1/Decision.js';
import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from '../../../docket/query/v1/AsOf.js';

export interface ListDecisionsResponse {
  'decisions'?: (_docket_query_v1_Decision)[];
  'nextPageToken'?: (string);
  'asOf'?: (_docket_query_v1_AsOf | null);
}

export interface ListDecisionsResponse__Output {
  'decisions': (_docket_query_v1_Decision__Output)[];
  'nextPageToken': (string);
  'asOf': (_docket_query_v1_AsOf__Output | null);
}
