// Original file: proto/docket/query/v1/query.proto

import type { State as _docket_approval_v1_State, State__Output as _docket_approval_v1_State__Output } from '../../../docket/approval/v1/State.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';

export interface Approval {
  'approvalId'?: (string);
  'state'?: (_docket_approval_v1_State);
  'grantId'?: (string);
  'serverId'?: (string);
  'tool'?: (string);
  'agent'?: (string);
  'principal'?: (string);
  'sessionId'?: (string);
  'rule'?: (string);
  'policyId'?: (string);
  'policyVersion'?: (string);
  'callId'?: (string);
  'requestedBy'?: (string);
  'requestedAt'?: (_google_protobuf_Timestamp | null);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
  'needed'?: (number);
  'approvers'?: (string)[];
  'decidedBy'?: (string);
  'decidedComment'?: (string);
  'decidedAt'?: (_google_protobuf_Timestamp | null);
  'redeemedByCallId'?: (string);
  'redeemedAt'?: (_google_protobuf_Timestamp | null);
}

export interface Approval__Output {
  'approvalId': (string);
  'state': (_docket_approval_v1_State__Output);
  'grantId': (string);
  'serverId': (string);
  'tool': (string);
  'agent': (string);
  'principal': (string);
  'sessionId': (string);
  'rule': (string);
  'policyId': (string);
  'policyVersion': (string);
  'callId': (string);
  'requestedBy': (string);
  'requestedAt': (_google_protobuf_Timestamp__Output | null);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
  'needed': (number);
  'approvers': (string)[];
  'decidedBy': (string);
  'decidedComment': (string);
  'decidedAt': (_google_protobuf_Timestamp__Output | null);
  'redeemedByCallId': (string);
  'redeemedAt': (_google_protobuf_Timestamp__Output | null);
}
