// Original file: proto/docket/query/v1/query.proto

export const State = {
  STATE_UNSPECIFIED: 'STATE_UNSPECIFIED',
  CURRENT: 'CURRENT',
  BEHIND: 'BEHIND',
  STOPPED: 'STOPPED',
} as const;

export type State =
  | 'STATE_UNSPECIFIED'
  | 0
  | 'CURRENT'
  | 1
  | 'BEHIND'
  | 2
  | 'STOPPED'
  | 3

export type State__Output = typeof State[keyof typeof State]
