// Original file: proto/docket/approval/v1/approval.proto


export interface GetApprovalRequest {
  'approvalId'?: (string);
}

export interface GetApprovalRequest__Output {
  'approvalId': (string);
}
