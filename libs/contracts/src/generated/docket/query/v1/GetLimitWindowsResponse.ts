// Original file: proto/docket/query/v1/query.proto

import type { LimitWindow as _docket_query_v1_LimitWindow, LimitWindow__Output as _docket_query_v1_LimitWindow__Output } from '../../../docket/query/v1/LimitWindow.js';
import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from '../../../docket/query/v1/AsOf.js';

export interface GetLimitWindowsResponse {
  'windows'?: (_docket_query_v1_LimitWindow)[];
  'nextPageToken'?: (string);
  'asOf'?: (_docket_query_v1_AsOf | null);
}

export interface GetLimitWindowsResponse__Output {
  'windows': (_docket_query_v1_LimitWindow__Output)[];
  'nextPageToken': (string);
  'asOf': (_docket_query_v1_AsOf__Output | null);
}
