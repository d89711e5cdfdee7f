// Original file: proto/docket/token/v1/token.proto

export const Delivery = {
  DELIVERY_UNSPECIFIED: 'DELIVERY_UNSPECIFIED',
  INJECT: 'INJECT',
  WRAP: 'WRAP',
  REVEAL: 'REVEAL',
  STAND_IN: 'STAND_IN',
  METADATA_ONLY: 'METADATA_ONLY',
} as const;

export type Delivery =
  | 'DELIVERY_UNSPECIFIED'
  | 0
  | 'INJECT'
  | 1
  | 'WRAP'
  | 2
  | 'REVEAL'
  | 3
  | 'STAND_IN'
  | 4
  | 'METADATA_ONLY'
  | 5

export type Delivery__Output = typeof Delivery[keyof typeof Delivery]
