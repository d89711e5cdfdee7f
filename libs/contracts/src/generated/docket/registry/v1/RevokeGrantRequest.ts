// Original file: proto/docket/registry/v1/registry.proto


export interface RevokeGrantRequest {
  'grantId'?: (string);
}

export interface RevokeGrantRequest__Output {
  'grantId': (string);
}
