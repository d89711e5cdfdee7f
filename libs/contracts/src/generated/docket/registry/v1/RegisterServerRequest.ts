// Original file: proto/docket/registry/v1/registry.proto


export interface RegisterServerRequest {
  'serverId'?: (string);
  'name'?: (string);
}

export interface RegisterServerRequest__Output {
  'serverId': (string);
  'name': (string);
}
