// Original file: proto/docket/token/v1/token.proto


export interface RestoreGrantRequest {
  'grantId'?: (string);
  'connectionId'?: (string);
}

export interface RestoreGrantRequest__Output {
  'grantId': (string);
  'connectionId': (string);
}
