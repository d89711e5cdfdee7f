// Original file: proto/docket/registry/v1/registry.proto


export interface RejectedTool {
  'index'?: (number);
  'problem'?: (string);
}

export interface RejectedTool__Output {
  'index': (number);
  'problem': (string);
}
