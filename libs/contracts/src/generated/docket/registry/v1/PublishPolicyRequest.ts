// Original file: proto/docket/registry/v1/registry.proto


export interface PublishPolicyRequest {
  'policyId'?: (string);
  'document'?: (Buffer | Uint8Array | string);
}

export interface PublishPolicyRequest__Output {
  'policyId': (string);
  'document': (Buffer);
}
