// Original file: proto/docket/token/v1/token.proto


export interface CutOff {
  'isNew'?: (boolean);
}

export interface CutOff__Output {
  'isNew': (boolean);
}
