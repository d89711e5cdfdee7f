// Original file: proto/docket/token/v1/token.proto

import type { FoundToken as _docket_token_v1_FoundToken, FoundToken__Output as _docket_token_v1_FoundToken__Output } from '../../../docket/token/v1/FoundToken.js';

export interface RevokeTokenResponse {
  'connectionIds'?: (string)[];
  'found'?: (_docket_token_v1_FoundToken)[];
  'grantCutOff'?: (boolean);
}

export interface RevokeTokenResponse__Output {
  'connectionIds': (string)[];
  'found': (_docket_token_v1_FoundToken__Output)[];
  'grantCutOff': (boolean);
}
