// Original file: proto/docket/registry/v1/registry.proto


export interface ListCredentialsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListCredentialsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
}
