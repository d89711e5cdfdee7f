// Original file: proto/docket/decision/v1/decision.proto


export interface ListVisibleToolsRequest {
  'grant'?: (string);
  'names'?: (string)[];
  'sessionId'?: (string);
  'agent'?: (string);
}

export interface ListVisibleToolsRequest__Output {
  'grant': (string);
  'names': (string)[];
  'sessionId': (string);
  'agent': (string);
}
