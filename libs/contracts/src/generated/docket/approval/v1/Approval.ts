// Original file: proto/docket/approval/v1/approval.proto

import type { State as _docket_approval_v1_State, State__Output as _docket_approval_v1_State__Output } from '../../../docket/approval/v1/State.js';
import type { ArgumentsShown as _docket_approval_v1_ArgumentsShown, ArgumentsShown__Output as _docket_approval_v1_ArgumentsShown__Output } from '../../../docket/approval/v1/ArgumentsShown.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Vote as _docket_approval_v1_Vote, Vote__Output as _docket_approval_v1_Vote__Output } from '../../../docket/approval/v1/Vote.js';

export interface Approval {
  'approvalId'?: (string);
  'state'?: (_docket_approval_v1_State);
  'grantId'?: (string);
  'serverId'?: (string);
  'tool'?: (string);
  'rule'?: (string);
  'message'?: (string);
  'argumentKeys'?: (string)[];
  'arguments'?: (Buffer | Uint8Array | string);
  'argumentsShown'?: (_docket_approval_v1_ArgumentsShown);
  'agent'?: (string);
  'principal'?: (string);
  'sessionId'?: (string);
  'requestedBy'?: (string);
  'requestedAt'?: (_google_protobuf_Timestamp | null);
  'expiresAt'?: (_google_protobuf_Timestamp | null);
  'needed'?: (number);
  'approvers'?: (_docket_approval_v1_Vote)[];
  'deniedBy'?: (_docket_approval_v1_Vote | null);
  'policyId'?: (string);
  'policyVersion'?: (string);
  'callId'?: (string);
  'redeemedByCallId'?: (string);
  'withdrawnBy'?: (_docket_approval_v1_Vote | null);
}

export interface Approval__Output {
  'approvalId': (string);
  'state': (_docket_approval_v1_State__Output);
  'grantId': (string);
  'serverId': (string);
  'tool': (string);
  'rule': (string);
  'message': (string);
  'argumentKeys': (string)[];
  'arguments': (Buffer);
  'argumentsShown': (_docket_approval_v1_ArgumentsShown__Output);
  'agent': (string);
  'principal': (string);
  'sessionId': (string);
  'requestedBy': (string);
  'requestedAt': (_google_protobuf_Timestamp__Output | null);
  'expiresAt': (_google_protobuf_Timestamp__Output | null);
  'needed': (number);
  'approvers': (_docket_approval_v1_Vote__Output)[];
  'deniedBy': (_docket_approval_v1_Vote__Output | null);
  'policyId': (string);
  'policyVersion': (string);
  'callId': (string);
  'redeemedByCallId': (string);
  'withdrawnBy': (_docket_approval_v1_Vote__Output | null);
}
