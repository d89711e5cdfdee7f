// Original file: proto/docket/decision/v1/decision.proto

import type { GrantChanged as _docket_decision_v1_GrantChanged, GrantChanged__Output as _docket_decision_v1_GrantChanged__Output } from '../../../docket/decision/v1/GrantChanged.js';
import type { PolicyVersionChanged as _docket_decision_v1_PolicyVersionChanged, PolicyVersionChanged__Output as _docket_decision_v1_PolicyVersionChanged__Output } from '../../../docket/decision/v1/PolicyVersionChanged.js';
import type { Long } from '@grpc/proto-loader';

export interface WatchGrantsResponse {
  'registryOffset'?: (number | string | Long);
  'grant'?: (_docket_decision_v1_GrantChanged | null);
  'policy'?: (_docket_decision_v1_PolicyVersionChanged | null);
  'inSync'?: (boolean);
  'change'?: "grant"|"policy"|"inSync";
}

export interface WatchGrantsResponse__Output {
  'registryOffset': (number);
  'grant'?: (_docket_decision_v1_GrantChanged__Output | null);
  'policy'?: (_docket_decision_v1_PolicyVersionChanged__Output | null);
  'inSync'?: (boolean);
  'change'?: "grant"|"policy"|"inSync";
}
