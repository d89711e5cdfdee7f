// Original file: proto/docket/query/v1/query.proto

import type { State as _docket_query_v1_State, State__Output as _docket_query_v1_State__Output } from '../../../docket/query/v1/State.js';
import type { Position as _docket_query_v1_Position, Position__Output as _docket_query_v1_Position__Output } from '../../../docket/query/v1/Position.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../../google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Stopped as _docket_query_v1_Stopped, Stopped__Output as _docket_query_v1_Stopped__Output } from '../../../docket/query/v1/Stopped.js';
import type { Long } from '@grpc/proto-loader';

export interface AsOf {
  'projection'?: (string);
  'topic'?: (string);
  'state'?: (_docket_query_v1_State);
  'positions'?: (_docket_query_v1_Position)[];
  'lagRecords'?: (number | string | Long);
  'lagIsKnown'?: (boolean);
  'lag'?: (_google_protobuf_Duration | null);
  'newestEventAt'?: (_google_protobuf_Timestamp | null);
  'stopped'?: (_docket_query_v1_Stopped | null);
}

export interface AsOf__Output {
  'projection': (string);
  'topic': (string);
  'state': (_docket_query_v1_State__Output);
  'positions': (_docket_query_v1_Position__Output)[];
  'lagRecords': (number);
  'lagIsKnown': (boolean);
  'lag': (_google_protobuf_Duration__Output | null);
  'newestEventAt': (_google_protobuf_Timestamp__Output | null);
  'stopped': (_docket_query_v1_Stopped__Output | null);
}
