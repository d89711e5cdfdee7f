// Original file: proto/docket/registry/v1/registry.proto


export interface ChurnRule {
  'tool'?: (string);
  'pattern'?: (string);
}

export interface ChurnRule__Output {
  'tool': (string);
  'pattern': (string);
}
