// Original file: proto/docket/token/v1/token.proto


export interface MaskTokensResponse {
  'texts'?: (string)[];
  'masked'?: (number);
}

export interface MaskTokensResponse__Output {
  'texts': (string)[];
  'masked': (number);
}
