// Original file: proto/docket/token/v1/token.proto


export interface RevokeTokenResponse {
  'connectionIds'?: (string)[];
}

export interface RevokeTokenResponse__Output {
  'connectionIds': (string)[];
}
