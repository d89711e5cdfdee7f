// Original file: proto/docket/registry/v1/registry.proto


export interface EraseGrantRequest {
  'grantId'?: (string);
}

export interface EraseGrantRequest__Output {
  'grantId': (string);
}
