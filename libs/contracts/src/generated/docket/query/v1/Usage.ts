// Original file: proto/docket/query/v1/query.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Verdict as _docket_decision_v1_Verdict, Verdict__Output as _docket_decision_v1_Verdict__Output } from '../../../docket/decision/v1/Verdict.js';
import type { Long } from '@grpc/proto-loader';

export interface Usage {
  'start'?: (_google_protobuf_Timestamp | null);
  'serverId'?: (string);
  'grantId'?: (string);
  'agent'?: (string);
  'tool'?: (string);
  'verdict'?: (_docket_decision_v1_Verdict);
  'calls'?: (number | string | Long);
}

export interface Usage__Output {
  'start': (_google_protobuf_Timestamp__Output | null);
  'serverId': (string);
  'grantId': (string);
  'agent': (string);
  'tool': (string);
  'verdict': (_docket_decision_v1_Verdict__Output);
  'calls': (number);
}
