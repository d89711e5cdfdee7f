// Original file: proto/docket/token/v1/connection.proto

import type { ConnectionSettings as _docket_token_v1_ConnectionSettings, ConnectionSettings__Output as _docket_token_v1_ConnectionSettings__Output } from '../../../docket/token/v1/ConnectionSettings.js';

export interface RegisterConnectionRequest {
  'connectionId'?: (string);
  'settings'?: (_docket_token_v1_ConnectionSettings | null);
  'secret'?: (string);
}

export interface RegisterConnectionRequest__Output {
  'connectionId': (string);
  'settings': (_docket_token_v1_ConnectionSettings__Output | null);
  'secret': (string);
}
