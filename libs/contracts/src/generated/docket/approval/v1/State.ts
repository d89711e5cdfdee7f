// Original file: proto/docket/approval/v1/approval.proto

export const State = {
  STATE_UNSPECIFIED: 'STATE_UNSPECIFIED',
  PENDING: 'PENDING',
  APPROVED: 'APPROVED',
  DENIED: 'DENIED',
  WITHDRAWN: 'WITHDRAWN',
  REDEEMED: 'REDEEMED',
  EXPIRED: 'EXPIRED',
  STATE_ERASED: 'STATE_ERASED',
} as const;

export type State =
  | 'STATE_UNSPECIFIED'
  | 0
  | 'PENDING'
  | 1
  | 'APPROVED'
  | 2
  | 'DENIED'
  | 3
  | 'WITHDRAWN'
  | 4
  | 'REDEEMED'
  | 5
  | 'EXPIRED'
  | 6
  | 'STATE_ERASED'
  | 7

export type State__Output = typeof State[keyof typeof State]
