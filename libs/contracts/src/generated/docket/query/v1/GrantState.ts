// Original file: proto/docket/query/v1/query.proto

export const GrantState = {
  GRANT_STATE_UNSPECIFIED: 'GRANT_STATE_UNSPECIFIED',
  ACTIVE: 'ACTIVE',
  REVOKED: 'REVOKED',
  EXPIRED: 'EXPIRED',
  ERASED: 'ERASED',
} as const;

export type GrantState =
  | 'GRANT_STATE_UNSPECIFIED'
  | 0
  | 'ACTIVE'
  | 1
  | 'REVOKED'
  | 2
  | 'EXPIRED'
  | 3
  | 'ERASED'
  | 4

export type GrantState__Output = typeof GrantState[keyof typeof GrantState]
