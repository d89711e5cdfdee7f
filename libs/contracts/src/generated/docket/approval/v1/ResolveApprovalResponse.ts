// Original file: proto/docket/approval/v1/approval.proto

import type { Approval as _docket_approval_v1_Approval, Approval__Output as _docket_approval_v1_Approval__Output } from '../../../docket/approval/v1/Approval.js';
import type { Receipt as _docket_approval_v1_Receipt, Receipt__Output as _docket_approval_v1_Receipt__Output } from '../../../docket/approval/v1/Receipt.js';

export interface ResolveApprovalResponse {
  'approval'?: (_docket_approval_v1_Approval | null);
  'replayed'?: (boolean);
  'receipt'?: (_docket_approval_v1_Receipt | null);
}

export interface ResolveApprovalResponse__Output {
  'approval': (_docket_approval_v1_Approval__Output | null);
  'replayed': (boolean);
  'receipt': (_docket_approval_v1_Receipt__Output | null);
}
