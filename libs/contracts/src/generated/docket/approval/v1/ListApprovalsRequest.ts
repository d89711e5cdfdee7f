// Original file: proto/docket/approval/v1/approval.proto

import type { State as _docket_approval_v1_State, State__Output as _docket_approval_v1_State__Output } from '../../../docket/approval/v1/State.js';

export interface ListApprovalsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
  'state'?: (_docket_approval_v1_State);
  'grantId'?: (string);
  'serverId'?: (string);
}

export interface ListApprovalsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
  'state': (_docket_approval_v1_State__Output);
  'grantId': (string);
  'serverId': (string);
}
