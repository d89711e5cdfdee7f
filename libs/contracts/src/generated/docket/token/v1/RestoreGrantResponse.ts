// Original file: proto/docket/token/v1/token.proto


export interface RestoreGrantResponse {
  'restored'?: (boolean);
}

export interface RestoreGrantResponse__Output {
  'restored': (boolean);
}
