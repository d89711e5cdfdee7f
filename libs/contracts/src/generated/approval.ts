import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Approval as _docket_approval_v1_Approval, Approval__Output as _docket_approval_v1_Approval__Output } from './docket/approval/v1/Approval.js';
import type { ApprovalServiceClient as _docket_approval_v1_ApprovalServiceClient, ApprovalServiceDefinition as _docket_approval_v1_ApprovalServiceDefinition } from './docket/approval/v1/ApprovalService.js';
import type { GetApprovalRequest as _docket_approval_v1_GetApprovalRequest, GetApprovalRequest__Output as _docket_approval_v1_GetApprovalRequest__Output } from './docket/approval/v1/GetApprovalRequest.js';
import type { GetApprovalResponse as _docket_approval_v1_GetApprovalResponse, GetApprovalResponse__Output as _docket_approval_v1_GetApprovalResponse__Output } from './docket/approval/v1/GetApprovalResponse.js';
import type { ListApprovalsRequest as _docket_approval_v1_ListApprovalsRequest, ListApprovalsRequest__Output as _docket_approval_v1_ListApprovalsRequest__Output } from './docket/approval/v1/ListApprovalsRequest.js';
import type { ListApprovalsResponse as _docket_approval_v1_ListApprovalsResponse, ListApprovalsResponse__Output as _docket_approval_v1_ListApprovalsResponse__Output } from './docket/approval/v1/ListApprovalsResponse.js';
import type { Receipt as _docket_approval_v1_Receipt, Receipt__Output as _docket_approval_v1_Receipt__Output } from './docket/approval/v1/Receipt.js';
import type { ResolveApprovalRequest as _docket_approval_v1_ResolveApprovalRequest, ResolveApprovalRequest__Output as _docket_approval_v1_ResolveApprovalRequest__Output } from './docket/approval/v1/ResolveApprovalRequest.js';
import type { ResolveApprovalResponse as _docket_approval_v1_ResolveApprovalResponse, ResolveApprovalResponse__Output as _docket_approval_v1_ResolveApprovalResponse__Output } from './docket/approval/v1/ResolveApprovalResponse.js';
import type { Vote as _docket_approval_v1_Vote, Vote__Output as _docket_approval_v1_Vote__Output } from './docket/approval/v1/Vote.js';
import type { WaitApprovalRequest as _docket_approval_v1_WaitApprovalRequest, WaitApprovalRequest__Output as _docket_approval_v1_WaitApprovalRequest__Output } from './docket/approval/v1/WaitApprovalRequest.js';
import type { WaitApprovalResponse as _docket_approval_v1_WaitApprovalResponse, WaitApprovalResponse__Output as _docket_approval_v1_WaitApprovalResponse__Output } from './docket/approval/v1/WaitApprovalResponse.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  docket: {
    approval: {
      v1: {
        Approval: MessageTypeDefinition<_docket_approval_v1_Approval, _docket_approval_v1_Approval__Output>
        ApprovalService: SubtypeConstructor<typeof grpc.Client, _docket_approval_v1_ApprovalServiceClient> & { service: _docket_approval_v1_ApprovalServiceDefinition }
        ArgumentsShown: EnumTypeDefinition
        Decision: EnumTypeDefinition
        GetApprovalRequest: MessageTypeDefinition<_docket_approval_v1_GetApprovalRequest, _docket_approval_v1_GetApprovalRequest__Output>
        GetApprovalResponse: MessageTypeDefinition<_docket_approval_v1_GetApprovalResponse, _docket_approval_v1_GetApprovalResponse__Output>
        ListApprovalsRequest: MessageTypeDefinition<_docket_approval_v1_ListApprovalsRequest, _docket_approval_v1_ListApprovalsRequest__Output>
        ListApprovalsResponse: MessageTypeDefinition<_docket_approval_v1_ListApprovalsResponse, _docket_approval_v1_ListApprovalsResponse__Output>
        Receipt: MessageTypeDefinition<_docket_approval_v1_Receipt, _docket_approval_v1_Receipt__Output>
        ResolveApprovalRequest: MessageTypeDefinition<_docket_approval_v1_ResolveApprovalRequest, _docket_approval_v1_ResolveApprovalRequest__Output>
        ResolveApprovalResponse: MessageTypeDefinition<_docket_approval_v1_ResolveApprovalResponse, _docket_approval_v1_ResolveApprovalResponse__Output>
        State: EnumTypeDefinition
        Vote: MessageTypeDefinition<_docket_approval_v1_Vote, _docket_approval_v1_Vote__Output>
        WaitApprovalRequest: MessageTypeDefinition<_docket_approval_v1_WaitApprovalRequest, _docket_approval_v1_WaitApprovalRequest__Output>
        WaitApprovalResponse: MessageTypeDefinition<_docket_approval_v1_WaitApprovalResponse, _docket_approval_v1_WaitApprovalResponse__Output>
      }
    }
  }
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
}

