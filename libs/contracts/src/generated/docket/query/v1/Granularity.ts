// Original file: proto/docket/query/v1/query.proto

export const Granularity = {
  GRANULARITY_UNSPECIFIED: 'GRANULARITY_UNSPECIFIED',
  HOUR: 'HOUR',
  DAY: 'DAY',
  TOTAL: 'TOTAL',
} as const;

export type Granularity =
  | 'GRANULARITY_UNSPECIFIED'
  | 0
  | 'HOUR'
  | 1
  | 'DAY'
  | 2
  | 'TOTAL'
  | 3

export type Granularity__Output = typeof Granularity[keyof typeof Granularity]
