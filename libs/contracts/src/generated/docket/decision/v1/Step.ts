// Original file: proto/docket/decision/v1/decision.proto


export interface Step {
  'rule'?: (string);
  'outcome'?: (string);
  'because'?: (string);
}

export interface Step__Output {
  'rule': (string);
  'outcome': (string);
  'because': (string);
}
