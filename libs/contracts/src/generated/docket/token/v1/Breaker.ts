// Original file: proto/docket/token/v1/connection.proto

export const Breaker = {
  BREAKER_UNSPECIFIED: 'BREAKER_UNSPECIFIED',
  CLOSED: 'CLOSED',
  BACKING_OFF: 'BACKING_OFF',
  OPEN: 'OPEN',
} as const;

export type Breaker =
  | 'BREAKER_UNSPECIFIED'
  | 0
  | 'CLOSED'
  | 1
  | 'BACKING_OFF'
  | 2
  | 'OPEN'
  | 3

export type Breaker__Output = typeof Breaker[keyof typeof Breaker]
