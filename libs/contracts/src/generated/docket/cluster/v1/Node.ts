// Original file: proto/docket/cluster/v1/cluster.proto


export interface Node {
  'name'?: (string);
  'address'?: (string);
  'reachable'?: (boolean);
  'problem'?: (string);
  'owned'?: (number);
  'standingBy'?: (number);
}

export interface Node__Output {
  'name': (string);
  'address': (string);
  'reachable': (boolean);
  'problem': (string);
  'owned': (number);
  'standingBy': (number);
}
