// Original file: proto/docket/approval/v1/approval.proto

import type { Approval as _docket_approval_v1_Approval, Approval__Output as _docket_approval_v1_Approval__Output } from '../../../docket/approval/v1/Approval.js';

export interface GetApprovalResponse {
  'approval'?: (_docket_approval_v1_Approval | null);
}

export interface GetApprovalResponse__Output {
  'approval': (_docket_approval_v1_Approval__Output | null);
}
