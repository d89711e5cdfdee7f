// Original file: proto/docket/token/v1/connection.proto


export interface GetConnectionRequest {
  'connectionId'?: (string);
}

export interface GetConnectionRequest__Output {
  'connectionId': (string);
}
