// Original file: proto/docket/cluster/v1/cluster.proto

export const PartitionState = {
  PARTITION_STATE_UNSPECIFIED: 'PARTITION_STATE_UNSPECIFIED',
  SERVING: 'SERVING',
  CLAIMING: 'CLAIMING',
  STOPPED: 'STOPPED',
  NO_OWNER: 'NO_OWNER',
  LOG_UNREACHABLE: 'LOG_UNREACHABLE',
  OWNER_UNREACHABLE: 'OWNER_UNREACHABLE',
} as const;

export type PartitionState =
  | 'PARTITION_STATE_UNSPECIFIED'
  | 0
  | 'SERVING'
  | 1
  | 'CLAIMING'
  | 2
  | 'STOPPED'
  | 3
  | 'NO_OWNER'
  | 4
  | 'LOG_UNREACHABLE'
  | 5
  | 'OWNER_UNREACHABLE'
  | 6

export type PartitionState__Output = typeof PartitionState[keyof typeof PartitionState]
