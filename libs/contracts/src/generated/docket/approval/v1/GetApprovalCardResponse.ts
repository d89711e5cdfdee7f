// Original file: proto/docket/approval/v1/approval.proto

import type { Approval as _docket_approval_v1_Approval, Approval__Output as _docket_approval_v1_Approval__Output } from '../../../docket/approval/v1/Approval.js';
import type { CardGrant as _docket_approval_v1_CardGrant, CardGrant__Output as _docket_approval_v1_CardGrant__Output } from '../../../docket/approval/v1/CardGrant.js';
import type { CardTool as _docket_approval_v1_CardTool, CardTool__Output as _docket_approval_v1_CardTool__Output } from '../../../docket/approval/v1/CardTool.js';
import type { UsualAmount as _docket_approval_v1_UsualAmount, UsualAmount__Output as _docket_approval_v1_UsualAmount__Output } from '../../../docket/approval/v1/UsualAmount.js';
import type { VerdictCount as _docket_approval_v1_VerdictCount, VerdictCount__Output as _docket_approval_v1_VerdictCount__Output } from '../../../docket/approval/v1/VerdictCount.js';

export interface GetApprovalCardResponse {
  'approval'?: (_docket_approval_v1_Approval | null);
  'grant'?: (_docket_approval_v1_CardGrant | null);
  'serverName'?: (string);
  'tool'?: (_docket_approval_v1_CardTool | null);
  'ruleDocument'?: (Buffer | Uint8Array | string);
  'likeIt'?: (_docket_approval_v1_Approval)[];
  'lastApproved'?: (_docket_approval_v1_Approval | null);
  'amounts'?: (_docket_approval_v1_UsualAmount)[];
  'calls'?: (_docket_approval_v1_VerdictCount)[];
  'historyMissing'?: (string);
}

export interface GetApprovalCardResponse__Output {
  'approval': (_docket_approval_v1_Approval__Output | null);
  'grant': (_docket_approval_v1_CardGrant__Output | null);
  'serverName': (string);
  'tool': (_docket_approval_v1_CardTool__Output | null);
  'ruleDocument': (Buffer);
  'likeIt': (_docket_approval_v1_Approval__Output)[];
  'lastApproved': (_docket_approval_v1_Approval__Output | null);
  'amounts': (_docket_approval_v1_UsualAmount__Output)[];
  'calls': (_docket_approval_v1_VerdictCount__Output)[];
  'historyMissing': (string);
}
