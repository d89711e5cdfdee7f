// Original file: proto/docket/registry/v1/registry.proto


export interface PolicyWarning {
  'pointer'?: (string);
  'message'?: (string);
}

export interface PolicyWarning__Output {
  'pointer': (string);
  'message': (string);
}
