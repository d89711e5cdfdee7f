// Original file: proto/docket/registry/v1/registry.proto


export interface RiskEvidence {
  'source'?: (string);
  'pointer'?: (string);
  'quote'?: (string);
  'says'?: (string);
}

export interface RiskEvidence__Output {
  'source': (string);
  'pointer': (string);
  'quote': (string);
  'says': (string);
}
