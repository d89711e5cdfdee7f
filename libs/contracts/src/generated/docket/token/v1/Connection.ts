// Original file: proto/docket/token/v1/connection.proto

import type { ConnectionSettings as _docket_token_v1_ConnectionSettings, ConnectionSettings__Output as _docket_token_v1_ConnectionSettings__Output } from '../../../docket/token/v1/ConnectionSettings.js';
import type { ConnectionState as _docket_token_v1_ConnectionState, ConnectionState__Output as _docket_token_v1_ConnectionState__Output } from '../../../docket/token/v1/ConnectionState.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Breaker as _docket_token_v1_Breaker, Breaker__Output as _docket_token_v1_Breaker__Output } from '../../../docket/token/v1/Breaker.js';
import type { MintFailure as _docket_token_v1_MintFailure, MintFailure__Output as _docket_token_v1_MintFailure__Output } from '../../../docket/token/v1/MintFailure.js';
import type { TokenInfo as _docket_token_v1_TokenInfo, TokenInfo__Output as _docket_token_v1_TokenInfo__Output } from '../../../docket/token/v1/TokenInfo.js';
import type { Long } from '@grpc/proto-loader';

export interface Connection {
  'connectionId'?: (string);
  'settings'?: (_docket_token_v1_ConnectionSettings | null);
  'state'?: (_docket_token_v1_ConnectionState);
  'secretVersion'?: (number | string | Long);
  'registeredBy'?: (string);
  'registeredAt'?: (_google_protobuf_Timestamp | null);
  'breaker'?: (_docket_token_v1_Breaker);
  'lastFailure'?: (_docket_token_v1_MintFailure | null);
  'failingDays'?: (number);
  'token'?: (_docket_token_v1_TokenInfo | null);
  'subjects'?: (number);
  'ownerAddress'?: (string);
}

export interface Connection__Output {
  'connectionId': (string);
  'settings': (_docket_token_v1_ConnectionSettings__Output | null);
  'state': (_docket_token_v1_ConnectionState__Output);
  'secretVersion': (number);
  'registeredBy': (string);
  'registeredAt': (_google_protobuf_Timestamp__Output | null);
  'breaker': (_docket_token_v1_Breaker__Output);
  'lastFailure': (_docket_token_v1_MintFailure__Output | null);
  'failingDays': (number);
  'token': (_docket_token_v1_TokenInfo__Output | null);
  'subjects': (number);
  'ownerAddress': (string);
}
