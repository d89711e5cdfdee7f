// Original file: proto/docket/registry/v1/registry.proto


export interface ListGrantsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
  'serverId'?: (string);
  'includeRevoked'?: (boolean);
}

export interface ListGrantsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
  'serverId': (string);
  'includeRevoked': (boolean);
}
