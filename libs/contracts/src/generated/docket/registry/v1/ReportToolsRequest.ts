// Original file: proto/docket/registry/v1/registry.proto


export interface ReportToolsRequest {
  'serverId'?: (string);
  'definitions'?: (Buffer | Uint8Array | string)[];
  'instructions'?: (string);
  'trustFirst'?: (boolean);
}

export interface ReportToolsRequest__Output {
  'serverId': (string);
  'definitions': (Buffer)[];
  'instructions': (string);
  'trustFirst': (boolean);
}
