// Original file: proto/docket/token/v1/token.proto

import type { FoundTokens as _docket_token_v1_FoundTokens, FoundTokens__Output as _docket_token_v1_FoundTokens__Output } from '../../../docket/token/v1/FoundTokens.js';
import type { CutOff as _docket_token_v1_CutOff, CutOff__Output as _docket_token_v1_CutOff__Output } from '../../../docket/token/v1/CutOff.js';

export interface RevokeTokenResponse {
  'connectionIds'?: (string)[];
  'byValue'?: (_docket_token_v1_FoundTokens | null);
  'byGrant'?: (_docket_token_v1_CutOff | null);
  'partitions'?: (number)[];
  'outcome'?: "byValue"|"byGrant";
}

export interface RevokeTokenResponse__Output {
  'connectionIds': (string)[];
  'byValue'?: (_docket_token_v1_FoundTokens__Output | null);
  'byGrant'?: (_docket_token_v1_CutOff__Output | null);
  'partitions': (number)[];
  'outcome'?: "byValue"|"byGrant";
}
