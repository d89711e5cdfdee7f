// Original file: proto/docket/query/v1/query.proto

import type { Grant as _docket_query_v1_Grant, Grant__Output as _docket_query_v1_Grant__Output } from '../../../docket/query/v1/Grant.js';
import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from '../../../docket/query/v1/AsOf.js';

export interface ListGrantsResponse {
  'grants'?: (_docket_query_v1_Grant)[];
  'nextPageToken'?: (string);
  'asOf'?: (_docket_query_v1_AsOf | null);
}

export interface ListGrantsResponse__Output {
  'grants': (_docket_query_v1_Grant__Output)[];
  'nextPageToken': (string);
  'asOf': (_docket_query_v1_AsOf__Output | null);
}
