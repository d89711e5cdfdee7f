// Original file: proto/docket/decision/v1/decision.proto


export interface DecideRequest {
  'callId'?: (string);
  'grant'?: (string);
  'tool'?: (string);
  'arguments'?: (Buffer | Uint8Array | string);
  'serverId'?: (string);
  'sessionId'?: (string);
  'agent'?: (string);
  'principal'?: (string);
  'toolDefinitionHash'?: (string);
  'logicalCallId'?: (string);
  'dryRun'?: (boolean);
  'traceparent'?: (string);
}

export interface DecideRequest__Output {
  'callId': (string);
  'grant': (string);
  'tool': (string);
  'arguments': (Buffer);
  'serverId': (string);
  'sessionId': (string);
  'agent': (string);
  'principal': (string);
  'toolDefinitionHash': (string);
  'logicalCallId': (string);
  'dryRun': (boolean);
  'traceparent': (string);
}
