// Original file: proto/docket/token/v1/connection.proto


export interface ListConnectionsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListConnectionsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
}
