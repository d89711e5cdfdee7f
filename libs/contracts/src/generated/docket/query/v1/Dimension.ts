// Original file: proto/docket/query/v1/query.proto

export const Dimension = {
  DIMENSION_UNSPECIFIED: 'DIMENSION_UNSPECIFIED',
  SERVER: 'SERVER',
  GRANT: 'GRANT',
  AGENT: 'AGENT',
  TOOL: 'TOOL',
  VERDICT: 'VERDICT',
} as const;

export type Dimension =
  | 'DIMENSION_UNSPECIFIED'
  | 0
  | 'SERVER'
  | 1
  | 'GRANT'
  | 2
  | 'AGENT'
  | 3
  | 'TOOL'
  | 4
  | 'VERDICT'
  | 5

export type Dimension__Output = typeof Dimension[keyof typeof Dimension]
