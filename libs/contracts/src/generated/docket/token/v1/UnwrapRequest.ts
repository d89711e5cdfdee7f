// Original file: proto/docket/token/v1/token.proto


export interface UnwrapRequest {
  'handle'?: (string);
}

export interface UnwrapRequest__Output {
  'handle': (string);
}
