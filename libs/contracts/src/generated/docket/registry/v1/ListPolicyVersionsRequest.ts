// Original file: proto/docket/registry/v1/registry.proto


export interface ListPolicyVersionsRequest {
  'policyId'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListPolicyVersionsRequest__Output {
  'policyId': (string);
  'pageSize': (number);
  'pageToken': (string);
}
