// Original file: proto/docket/query/v1/query.proto

import type { Server as _docket_query_v1_Server, Server__Output as _docket_query_v1_Server__Output } from '../../../docket/query/v1/Server.js';
import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from '../../../docket/query/v1/AsOf.js';

export interface ListServersResponse {
  'servers'?: (_docket_query_v1_Server)[];
  'nextPageToken'?: (string);
  'asOf'?: (_docket_query_v1_AsOf | null);
}

export interface ListServersResponse__Output {
  'servers': (_docket_query_v1_Server__Output)[];
  'nextPageToken': (string);
  'asOf': (_docket_query_v1_AsOf__Output | null);
}
