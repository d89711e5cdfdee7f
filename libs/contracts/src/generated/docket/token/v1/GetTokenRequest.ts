// Original file: proto/docket/token/v1/token.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../../google/protobuf/Duration.js';
import type { Delivery as _docket_token_v1_Delivery, Delivery__Output as _docket_token_v1_Delivery__Output } from '../../../docket/token/v1/Delivery.js';
import type { Long } from '@grpc/proto-loader';

export interface GetTokenRequest {
  'connectionId'?: (string);
  'minTtl'?: (_google_protobuf_Duration | null);
  'rejectedGeneration'?: (number | string | Long);
  'delivery'?: (_docket_token_v1_Delivery);
  'grantId'?: (string);
  'subject'?: (string);
  'subjectToken'?: (string);
  'subjectExpiresIn'?: (_google_protobuf_Duration | null);
  'standIn'?: (string);
  'scopes'?: (string)[];
}

export interface GetTokenRequest__Output {
  'connectionId': (string);
  'minTtl': (_google_protobuf_Duration__Output | null);
  'rejectedGeneration': (number);
  'delivery': (_docket_token_v1_Delivery__Output);
  'grantId': (string);
  'subject': (string);
  'subjectToken': (string);
  'subjectExpiresIn': (_google_protobuf_Duration__Output | null);
  'standIn': (string);
  'scopes': (string)[];
}
