// Original file: proto/docket/token/v1/token.proto


export interface MaskTokensRequest {
  'texts'?: (string)[];
}

export interface MaskTokensRequest__Output {
  'texts': (string)[];
}
