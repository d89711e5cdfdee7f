// Original file: proto/docket/approval/v1/approval.proto

import type { Long } from '@grpc/proto-loader';

export interface Receipt {
  'topic'?: (string);
  'partition'?: (number);
  'offset'?: (number | string | Long);
  'hash'?: (Buffer | Uint8Array | string);
}

export interface Receipt__Output {
  'topic': (string);
  'partition': (number);
  'offset': (number);
  'hash': (Buffer);
}
