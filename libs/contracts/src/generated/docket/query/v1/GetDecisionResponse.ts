// Original file: proto/docket/query/v1/query.proto

import type { Decision as _docket_query_v1_Decision, Decision__Output as _docket_query_v1_Decision__Output } from '../../../docket/query/v1/Decision.js';
import type { Charge as _docket_query_v1_Charge, Charge__Output as _docket_query_v1_Charge__Output } from '../../../docket/query/v1/Charge.js';
import type { AsOf as _docket_query_v1_AsOf, AsOf__Output as _docket_query_v1_AsOf__Output } from '../../../docket/query/v1/AsOf.js';

export interface GetDecisionResponse {
  'decision'?: (_docket_query_v1_Decision | null);
  'charges'?: (_docket_query_v1_Charge)[];
  'message'?: (string);
  'inLog'?: (boolean);
  'asOf'?: (_docket_query_v1_AsOf | null);
}

export interface GetDecisionResponse__Output {
  'decision': (_docket_query_v1_Decision__Output | null);
  'charges': (_docket_query_v1_Charge__Output)[];
  'message': (string);
  'inLog': (boolean);
  'asOf': (_docket_query_v1_AsOf__Output | null);
}
