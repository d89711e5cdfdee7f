// Original file: proto/docket/registry/v1/registry.proto

export const Mode = {
  MODE_UNSPECIFIED: 'MODE_UNSPECIFIED',
  ENFORCE: 'ENFORCE',
  OBSERVE: 'OBSERVE',
} as const;

export type Mode =
  | 'MODE_UNSPECIFIED'
  | 0
  | 'ENFORCE'
  | 1
  | 'OBSERVE'
  | 2

export type Mode__Output = typeof Mode[keyof typeof Mode]
