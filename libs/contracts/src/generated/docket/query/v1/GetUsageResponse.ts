// Original file: proto/docket/query/v1/query.proto

import type { Usage as _docket_query_v1_Usage, Usage__Output as _docket_query_v1_Usage__Output } from '../../../docket/query/v1/Usage.js';
import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from '../../../docket/query/v1/AsOf.js';

export interface GetUsageResponse {
  'usage'?: (_docket_query_v1_Usage)[];
  'nextPageToken'?: (string);
  'asOf'?: (_docket_query_v1_AsOf | null);
}

export interface GetUsageResponse__Output {
  'usage': (_docket_query_v1_Usage__Output)[];
  'nextPageToken': (string);
  'asOf': (_docket_query_v1_AsOf__Output | null);
}
