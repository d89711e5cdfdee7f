// Original file: proto/docket/token/v1/token.proto

import type { FoundToken as _docket_token_v1_FoundToken, FoundToken__Output as _docket_token_v1_FoundToken__Output } from '../../../docket/token/v1/FoundToken.js';

export interface FoundTokens {
  'tokens'?: (_docket_token_v1_FoundToken)[];
}

export interface FoundTokens__Output {
  'tokens': (_docket_token_v1_FoundToken__Output)[];
}
