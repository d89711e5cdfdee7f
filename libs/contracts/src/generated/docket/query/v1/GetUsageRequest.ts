// Original file: proto/docket/query/v1/query.proto

import type { Receipt as _docket_decision_v1_Receipt, Receipt__Output as _docket_decision_v1_Receipt__Output } from '../../../docket/decision/v1/Receipt.js';
import type { Granularity as _docket_query_v1_Granularity, Granularity__Output as _docket_query_v1_Granularity__Output } from '../../../docket/query/v1/Granularity.js';
import type { Dimension as _docket_query_v1_Dimension, Dimension__Output as _docket_query_v1_Dimension__Output } from '../../../docket/query/v1/Dimension.js';
import type { Verdict as _docket_decision_v1_Verdict, Verdict__Output as _docket_decision_v1_Verdict__Output } from '../../../docket/decision/v1/Verdict.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface GetUsageRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
  'atLeast'?: (_docket_decision_v1_Receipt | null);
  'granularity'?: (_docket_query_v1_Granularity);
  'groupBy'?: (_docket_query_v1_Dimension)[];
  'serverId'?: (string);
  'grantId'?: (string);
  'agent'?: (string);
  'tool'?: (string);
  'verdicts'?: (_docket_decision_v1_Verdict)[];
  'from'?: (_google_protobuf_Timestamp | null);
  'to'?: (_google_protobuf_Timestamp | null);
}

export interface GetUsageRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
  'atLeast': (_docket_decision_v1_Receipt__Output | null);
  'granularity': (_docket_query_v1_Granularity__Output);
  'groupBy': (_docket_query_v1_Dimension__Output)[];
  'serverId': (string);
  'grantId': (string);
  'agent': (string);
  'tool': (string);
  'verdicts': (_docket_decision_v1_Verdict__Output)[];
  'from': (_google_protobuf_Timestamp__Output | null);
  'to': (_google_protobuf_Timestamp__Output | null);
}
