// Original file: proto/docket/registry/v1/registry.proto


export interface ToolApproval {
  'name'?: (string);
  'hash'?: (string);
}

export interface ToolApproval__Output {
  'name': (string);
  'hash': (string);
}
