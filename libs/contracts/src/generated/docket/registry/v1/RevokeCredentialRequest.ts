// Original file: proto/docket/registry/v1/registry.proto


export interface RevokeCredentialRequest {
  'credentialId'?: (string);
}

export interface RevokeCredentialRequest__Output {
  'credentialId': (string);
}
