// Original file: proto/docket/token/v1/token.proto


export interface WatchTokensRequest {
  'connectionIds'?: (string)[];
}

export interface WatchTokensRequest__Output {
  'connectionIds': (string)[];
}
