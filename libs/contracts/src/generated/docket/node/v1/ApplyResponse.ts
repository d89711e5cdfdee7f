// Original file: proto/docket/node/v1/node.proto


export interface ApplyResponse {
  'reply'?: (Buffer | Uint8Array | string);
}

export interface ApplyResponse__Output {
  'reply': (Buffer);
}
