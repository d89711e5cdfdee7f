// Original file: proto/docket/token/v1/connection.proto

export const Issuer = {
  ISSUER_UNSPECIFIED: 'ISSUER_UNSPECIFIED',
  PARTNER_SECRET: 'PARTNER_SECRET',
  OAUTH2_CLIENT_CREDENTIALS: 'OAUTH2_CLIENT_CREDENTIALS',
  OAUTH2_REFRESH_TOKEN: 'OAUTH2_REFRESH_TOKEN',
  OAUTH2_TOKEN_EXCHANGE: 'OAUTH2_TOKEN_EXCHANGE',
} as const;

export type Issuer =
  | 'ISSUER_UNSPECIFIED'
  | 0
  | 'PARTNER_SECRET'
  | 1
  | 'OAUTH2_CLIENT_CREDENTIALS'
  | 2
  | 'OAUTH2_REFRESH_TOKEN'
  | 3
  | 'OAUTH2_TOKEN_EXCHANGE'
  | 4

export type Issuer__Output = typeof Issuer[keyof typeof Issuer]
