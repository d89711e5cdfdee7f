// Original file: proto/docket/approval/v1/approval.proto

export const Decision = {
  DECISION_UNSPECIFIED: 'DECISION_UNSPECIFIED',
  APPROVE: 'APPROVE',
  DENY: 'DENY',
  WITHDRAW: 'WITHDRAW',
} as const;

export type Decision =
  | 'DECISION_UNSPECIFIED'
  | 0
  | 'APPROVE'
  | 1
  | 'DENY'
  | 2
  | 'WITHDRAW'
  | 3

export type Decision__Output = typeof Decision[keyof typeof Decision]
