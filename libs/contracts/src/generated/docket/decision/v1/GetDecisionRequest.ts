// Original file: proto/docket/decision/v1/decision.proto


export interface GetDecisionRequest {
  'grant'?: (string);
  'callId'?: (string);
}

export interface GetDecisionRequest__Output {
  'grant': (string);
  'callId': (string);
}
