// Original file: proto/docket/cluster/v1/cluster.proto


export interface TakeOverResponse {
  'partitions'?: (number)[];
}

export interface TakeOverResponse__Output {
  'partitions': (number)[];
}
