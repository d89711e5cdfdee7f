// Original file: proto/docket/approval/v1/approval.proto


export interface WaitApprovalRequest {
  'approvalId'?: (string);
}

export interface WaitApprovalRequest__Output {
  'approvalId': (string);
}
