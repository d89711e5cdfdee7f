// Original file: proto/docket/approval/v1/approval.proto


export interface VerdictCount {
  'verdict'?: (string);
  'calls'?: (number);
}

export interface VerdictCount__Output {
  'verdict': (string);
  'calls': (number);
}
