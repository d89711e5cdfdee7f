// Original file: proto/docket/token/v1/connection.proto

export const AuthMethod = {
  AUTH_METHOD_UNSPECIFIED: 'AUTH_METHOD_UNSPECIFIED',
  API_SECRET_HEADER: 'API_SECRET_HEADER',
  CLIENT_SECRET_BASIC: 'CLIENT_SECRET_BASIC',
  CLIENT_SECRET_POST: 'CLIENT_SECRET_POST',
  PRIVATE_KEY_JWT: 'PRIVATE_KEY_JWT',
  NO_CLIENT_AUTHENTICATION: 'NO_CLIENT_AUTHENTICATION',
} as const;

export type AuthMethod =
  | 'AUTH_METHOD_UNSPECIFIED'
  | 0
  | 'API_SECRET_HEADER'
  | 1
  | 'CLIENT_SECRET_BASIC'
  | 2
  | 'CLIENT_SECRET_POST'
  | 3
  | 'PRIVATE_KEY_JWT'
  | 4
  | 'NO_CLIENT_AUTHENTICATION'
  | 5

export type AuthMethod__Output = typeof AuthMethod[keyof typeof AuthMethod]
