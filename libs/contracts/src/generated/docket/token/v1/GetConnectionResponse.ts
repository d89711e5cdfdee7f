// Original file: proto/docket/token/v1/connection.proto

import type { Connection as _docket_token_v1_Connection, Connection__Output as _docket_token_v1_Connection__Output } from '../../../docket/token/v1/Connection.js';

export interface GetConnectionResponse {
  'connection'?: (_docket_token_v1_Connection | null);
}

export interface GetConnectionResponse__Output {
  'connection': (_docket_token_v1_Connection__Output | null);
}
