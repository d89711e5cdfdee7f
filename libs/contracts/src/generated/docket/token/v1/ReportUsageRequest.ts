// Original file: proto/docket/token/v1/token.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

export interface ReportUsageRequest {
  'connectionId'?: (string);
  'slot'?: (string);
  'generation'?: (number | string | Long);
  'served'?: (number | string | Long);
  'leastRemaining'?: (_google_protobuf_Duration | null);
  'action'?: (string);
  'reason'?: (string);
  'denials'?: (number | string | Long);
  'grantId'?: (string);
}

export interface ReportUsageRequest__Output {
  'connectionId': (string);
  'slot': (string);
  'generation': (number);
  'served': (number);
  'leastRemaining': (_google_protobuf_Duration__Output | null);
  'action': (string);
  'reason': (string);
  'denials': (number);
  'grantId': (string);
}
