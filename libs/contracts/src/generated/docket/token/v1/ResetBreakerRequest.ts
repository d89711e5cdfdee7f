// Original file: proto/docket/token/v1/connection.proto


export interface ResetBreakerRequest {
  'connectionId'?: (string);
}

export interface ResetBreakerRequest__Output {
  'connectionId': (string);
}
