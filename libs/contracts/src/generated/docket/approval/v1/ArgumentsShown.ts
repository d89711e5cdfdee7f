// Original file: proto/docket/approval/v1/approval.proto

export const ArgumentsShown = {
  ARGUMENTS_SHOWN_UNSPECIFIED: 'ARGUMENTS_SHOWN_UNSPECIFIED',
  SHOWN: 'SHOWN',
  NOT_SHOWN: 'NOT_SHOWN',
  ERASED: 'ERASED',
} as const;

export type ArgumentsShown =
  | 'ARGUMENTS_SHOWN_UNSPECIFIED'
  | 0
  | 'SHOWN'
  | 1
  | 'NOT_SHOWN'
  | 2
  | 'ERASED'
  | 3

export type ArgumentsShown__Output = typeof ArgumentsShown[keyof typeof ArgumentsShown]
