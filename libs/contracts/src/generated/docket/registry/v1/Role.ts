// Original file: proto/docket/registry/v1/registry.proto

export const Role = {
  ROLE_UNSPECIFIED: 'ROLE_UNSPECIFIED',
  GATEWAY: 'GATEWAY',
  ADMIN: 'ADMIN',
  APPROVER: 'APPROVER',
  AUDITOR: 'AUDITOR',
} as const;

export type Role =
  | 'ROLE_UNSPECIFIED'
  | 0
  | 'GATEWAY'
  | 1
  | 'ADMIN'
  | 2
  | 'APPROVER'
  | 3
  | 'AUDITOR'
  | 4

export type Role__Output = typeof Role[keyof typeof Role]
