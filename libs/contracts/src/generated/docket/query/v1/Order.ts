// Original file: proto/docket/query/v1/query.proto

export const Order = {
  ORDER_UNSPECIFIED: 'ORDER_UNSPECIFIED',
  NEWEST_FIRST: 'NEWEST_FIRST',
  OLDEST_FIRST: 'OLDEST_FIRST',
} as const;

export type Order =
  | 'ORDER_UNSPECIFIED'
  | 0
  | 'NEWEST_FIRST'
  | 1
  | 'OLDEST_FIRST'
  | 2

export type Order__Output = typeof Order[keyof typeof Order]
