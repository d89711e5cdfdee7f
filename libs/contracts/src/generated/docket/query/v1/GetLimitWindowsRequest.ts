// Original file: proto/docket/query/v1/query.proto

import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from '../../../docket/decision/v1/Receipt.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface GetLimitWindowsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
  'atLeast'?: (_docket_decision_v1_Receipt | null);
  'grantId'?: (string);
  'serverId'?: (string);
  'counter'?: (string);
  'scope'?: (string);
  'scopeKey'?: (string);
  'currentOnly'?: (boolean);
  'from'?: (_google_protobuf_Timestamp | null);
  'to'?: (_google_protobuf_Timestamp | null);
}

export interface GetLimitWindowsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
  'atLeast': (_docket_decision_v1_Receipt__Output | null);
  'grantId': (string);
  'serverId': (string);
  'counter': (string);
  'scope': (string);
  'scopeKey': (string);
  'currentOnly': (boolean);
  'from': (_google_protobuf_Timestamp__Output | null);
  'to': (_google_protobuf_Timestamp__Output | null);
}
