// Original file: proto/docket/registry/v1/registry.proto


export interface DiffToolsRequest {
  'serverId'?: (string);
  'tool'?: (string);
  'pageToken'?: (string);
}

export interface DiffToolsRequest__Output {
  'serverId': (string);
  'tool': (string);
  'pageToken': (string);
}
