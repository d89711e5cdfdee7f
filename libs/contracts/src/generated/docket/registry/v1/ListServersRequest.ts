// Original file: proto/docket/registry/v1/registry.proto


export interface ListServersRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListServersRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
}
