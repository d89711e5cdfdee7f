// Original file: proto/docket/registry/v1/registry.proto


export interface AwaitEditResponse {
  'pendingPartitions'?: (number)[];
}

export interface AwaitEditResponse__Output {
  'pendingPartitions': (number)[];
}
