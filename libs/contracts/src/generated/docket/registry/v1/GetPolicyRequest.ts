// Original file: proto/docket/registry/v1/registry.proto


export interface GetPolicyRequest {
  'policyId'?: (string);
  'version'?: (string);
}

export interface GetPolicyRequest__Output {
  'policyId': (string);
  'version': (string);
}
