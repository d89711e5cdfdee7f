// Original file: proto/docket/cluster/v1/cluster.proto


export interface TakeOverRequest {
  'topic'?: (string);
  'partitions'?: (number)[];
  'askOnly'?: (boolean);
  'ownerId'?: (string);
}

export interface TakeOverRequest__Output {
  'topic': (string);
  'partitions': (number)[];
  'askOnly': (boolean);
  'ownerId': (string);
}
