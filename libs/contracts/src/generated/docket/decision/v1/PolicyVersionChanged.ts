// Original file: proto/docket/decision/v1/decision.proto


export interface PolicyVersionChanged {
  'policyId'?: (string);
  'version'?: (string);
}

export interface PolicyVersionChanged__Output {
  'policyId': (string);
  'version': (string);
}
