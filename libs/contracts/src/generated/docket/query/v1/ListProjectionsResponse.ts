// Original file: proto/docket/query/v1/query.proto

import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from '../../../docket/query/v1/AsOf.js';

export interface ListProjectionsResponse {
  'projections'?: (_docket_query_v1_AsOf)[];
}

export interface ListProjectionsResponse__Output {
  'projections': (_docket_query_v1_AsOf__Output)[];
}
