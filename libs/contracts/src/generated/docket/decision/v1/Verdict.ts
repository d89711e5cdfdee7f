// Original file: proto/docket/decision/v1/decision.proto

export const Verdict = {
  VERDICT_UNSPECIFIED: 'VERDICT_UNSPECIFIED',
  ALLOW: 'ALLOW',
  DENY: 'DENY',
  RATE_LIMITED: 'RATE_LIMITED',
  APPROVAL_REQUIRED: 'APPROVAL_REQUIRED',
} as const;

export type Verdict =
  | 'VERDICT_UNSPECIFIED'
  | 0
  | 'ALLOW'
  | 1
  | 'DENY'
  | 2
  | 'RATE_LIMITED'
  | 3
  | 'APPROVAL_REQUIRED'
  | 4

export type Verdict__Output = typeof Verdict[keyof typeof Verdict]
