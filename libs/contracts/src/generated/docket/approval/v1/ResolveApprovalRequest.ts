// Original file: proto/docket/approval/v1/approval.proto

import type { Decision as _docket_approval_v1_Decision, Decision__Output as _docket_approval_v1_Decision__Output } from '../../../docket/approval/v1/Decision.js';

export interface ResolveApprovalRequest {
  'approvalId'?: (string);
  'decision'?: (_docket_approval_v1_Decision);
  'comment'?: (string);
}

export interface ResolveApprovalRequest__Output {
  'approvalId': (string);
  'decision': (_docket_approval_v1_Decision__Output);
  'comment': (string);
}
