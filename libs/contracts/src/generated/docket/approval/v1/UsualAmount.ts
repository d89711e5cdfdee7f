// Original file: proto/docket/approval/v1/approval.proto


export interface UsualAmount {
  'argument'?: (string);
  'counter'?: (string);
  'window'?: (string);
  'calls'?: (number);
  'smallest'?: (string);
  'median'?: (string);
  'largest'?: (string);
}

export interface UsualAmount__Output {
  'argument': (string);
  'counter': (string);
  'window': (string);
  'calls': (number);
  'smallest': (string);
  'median': (string);
  'largest': (string);
}
