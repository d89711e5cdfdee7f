// Original file: proto/docket/node/v1/node.proto


export interface ApplyRequest {
  'partition'?: (number);
  'command'?: (Buffer | Uint8Array | string);
  'seal'?: (Buffer | Uint8Array | string);
}

export interface ApplyRequest__Output {
  'partition': (number);
  'command': (Buffer);
  'seal': (Buffer);
}
