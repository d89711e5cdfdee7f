// Original file: proto/docket/approval/v1/approval.proto


export interface GetApprovalCardRequest {
  'approvalId'?: (string);
}

export interface GetApprovalCardRequest__Output {
  'approvalId': (string);
}
