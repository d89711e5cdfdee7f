// Original file: proto/docket/registry/v1/registry.proto


export interface GetGrantRequest {
  'grantId'?: (string);
}

export interface GetGrantRequest__Output {
  'grantId': (string);
}
