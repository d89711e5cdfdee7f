// Original file: proto/docket/registry/v1/registry.proto


export interface RiskFinding {
  'code'?: (string);
  'pointer'?: (string);
  'message'?: (string);
}

export interface RiskFinding__Output {
  'code': (string);
  'pointer': (string);
  'message': (string);
}
