// Original file: proto/docket/registry/v1/registry.proto


export interface ListPoliciesRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListPoliciesRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
}
