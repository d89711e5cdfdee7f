// Original file: proto/docket/registry/v1/registry.proto

export const ToolState = {
  TOOL_STATE_UNSPECIFIED: 'TOOL_STATE_UNSPECIFIED',
  FIRST_SEEN: 'FIRST_SEEN',
  APPROVED: 'APPROVED',
  CHANGED: 'CHANGED',
  WITHDRAWN: 'WITHDRAWN',
} as const;

export type ToolState =
  | 'TOOL_STATE_UNSPECIFIED'
  | 0
  | 'FIRST_SEEN'
  | 1
  | 'APPROVED'
  | 2
  | 'CHANGED'
  | 3
  | 'WITHDRAWN'
  | 4

export type ToolState__Output = typeof ToolState[keyof typeof ToolState]
