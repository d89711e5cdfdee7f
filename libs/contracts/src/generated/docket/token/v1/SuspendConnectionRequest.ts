// Original file: proto/docket/token/v1/connection.proto


export interface SuspendConnectionRequest {
  'connectionId'?: (string);
}

export interface SuspendConnectionRequest__Output {
  'connectionId': (string);
}
