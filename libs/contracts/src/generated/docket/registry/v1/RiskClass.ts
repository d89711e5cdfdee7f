// Original file: proto/docket/registry/v1/registry.proto

export const RiskClass = {
  RISK_CLASS_UNSPECIFIED: 'RISK_CLASS_UNSPECIFIED',
  OTHER: 'OTHER',
  READ: 'READ',
  WRITE: 'WRITE',
  EXECUTE: 'EXECUTE',
  DESTRUCTIVE: 'DESTRUCTIVE',
  FINANCIAL: 'FINANCIAL',
} as const;

export type RiskClass =
  | 'RISK_CLASS_UNSPECIFIED'
  | 0
  | 'OTHER'
  | 1
  | 'READ'
  | 2
  | 'WRITE'
  | 3
  | 'EXECUTE'
  | 4
  | 'DESTRUCTIVE'
  | 5
  | 'FINANCIAL'
  | 6

export type RiskClass__Output = typeof RiskClass[keyof typeof RiskClass]
