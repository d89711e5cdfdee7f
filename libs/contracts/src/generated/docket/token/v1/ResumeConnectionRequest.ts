// Original file: proto/docket/token/v1/connection.proto


export interface ResumeConnectionRequest {
  'connectionId'?: (string);
}

export interface ResumeConnectionRequest__Output {
  'connectionId': (string);
}
