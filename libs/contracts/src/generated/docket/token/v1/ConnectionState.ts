// Original file: proto/docket/token/v1/token.proto

export const ConnectionState = {
  CONNECTION_STATE_UNSPECIFIED: 'CONNECTION_STATE_UNSPECIFIED',
  ACTIVE: 'ACTIVE',
  SUSPENDED: 'SUSPENDED',
  REMOVED: 'REMOVED',
} as const;

export type ConnectionState =
  | 'CONNECTION_STATE_UNSPECIFIED'
  | 0
  | 'ACTIVE'
  | 1
  | 'SUSPENDED'
  | 2
  | 'REMOVED'
  | 3

export type ConnectionState__Output = typeof ConnectionState[keyof typeof ConnectionState]
