// Original file: proto/docket/decision/v1/decision.proto

export const Outcome = {
  OUTCOME_UNSPECIFIED: 'OUTCOME_UNSPECIFIED',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  NOT_SENT: 'NOT_SENT',
  UNKNOWN: 'UNKNOWN',
} as const;

export type Outcome =
  | 'OUTCOME_UNSPECIFIED'
  | 0
  | 'SUCCEEDED'
  | 1
  | 'FAILED'
  | 2
  | 'NOT_SENT'
  | 3
  | 'UNKNOWN'
  | 4

export type Outcome__Output = typeof Outcome[keyof typeof Outcome]
