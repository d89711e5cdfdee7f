// Original file: proto/docket/token/v1/connection.proto

import type { Issuer as _docket_token_v1_Issuer, Issuer__Output as _docket_token_v1_Issuer__Output } from '../../../docket/token/v1/Issuer.js';
import type { AuthMethod as _docket_token_v1_AuthMethod, AuthMethod__Output as _docket_token_v1_AuthMethod__Output } from '../../../docket/token/v1/AuthMethod.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../../google/protobuf/Duration.js';
import type { Delivery as _docket_token_v1_Delivery, Delivery__Output as _docket_token_v1_Delivery__Output } from '../../../docket/token/v1/Delivery.js';
import type { OAuthSettings as _docket_token_v1_OAuthSettings, OAuthSettings__Output as _docket_token_v1_OAuthSettings__Output } from '../../../docket/token/v1/OAuthSettings.js';

export interface ConnectionSettings {
  'environment'?: (string);
  'serverIds'?: (string)[];
  'issuer'?: (_docket_token_v1_Issuer);
  'tokenUrl'?: (string);
  'clientId'?: (string);
  'authMethod'?: (_docket_token_v1_AuthMethod);
  'scopes'?: (string)[];
  'audience'?: (string);
  'defaultLifetime'?: (_google_protobuf_Duration | null);
  'delivery'?: (_docket_token_v1_Delivery);
  'staticStability'?: (boolean);
  'mintsPerMinuteMax'?: (number);
  'oauth'?: (_docket_token_v1_OAuthSettings | null);
}

export interface ConnectionSettings__Output {
  'environment': (string);
  'serverIds': (string)[];
  'issuer': (_docket_token_v1_Issuer__Output);
  'tokenUrl': (string);
  'clientId': (string);
  'authMethod': (_docket_token_v1_AuthMethod__Output);
  'scopes': (string)[];
  'audience': (string);
  'defaultLifetime': (_google_protobuf_Duration__Output | null);
  'delivery': (_docket_token_v1_Delivery__Output);
  'staticStability': (boolean);
  'mintsPerMinuteMax': (number);
  'oauth': (_docket_token_v1_OAuthSettings__Output | null);
}
