import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { APPROVAL_SERVICE } from '#contracts';
import type { approval } from '#contracts';
import { APPROVAL_API } from '../provided.js';
import type { ApprovalApi } from './approval-api.js';

type Call = ServerUnaryCall<unknown, unknown>;

/** docket.approval.v1.ApprovalService. */
@Controller()
export class ApprovalController {
  constructor(@Inject(APPROVAL_API) private readonly api: ApprovalApi) {}

  @GrpcMethod(APPROVAL_SERVICE, 'ListApprovals')
  listApprovals(request: approval.ListApprovalsRequest__Output, metadata: Metadata, call: Call): Promise<approval.ListApprovalsResponse> {
    return this.api.list(request, metadata, call);
  }

  @GrpcMethod(APPROVAL_SERVICE, 'GetApproval')
  getApproval(request: approval.GetApprovalRequest__Output, metadata: Metadata, call: Call): Promise<approval.GetApprovalResponse> {
    return this.api.get(request, metadata, call);
  }

  @GrpcMethod(APPROVAL_SERVICE, 'GetApprovalCard')
  getApprovalCard(request: approval.GetApprovalCardRequest__Output, metadata: Metadata, call: Call): Promise<approval.GetApprovalCardResponse> {
    return this.api.getCard(request, metadata, call);
  }

  @GrpcMethod(APPROVAL_SERVICE, 'ResolveApproval')
  resolveApproval(request: approval.ResolveApprovalRequest__Output, metadata: Metadata, call: Call): Promise<approval.ResolveApprovalResponse> {
    return this.api.resolve(request, metadata, call);
  }

  @GrpcMethod(APPROVAL_SERVICE, 'WaitApproval')
  waitApproval(request: approval.WaitApprovalRequest__Output, metadata: Metadata, call: Call): Promise<approval.WaitApprovalResponse> {
    return this.api.wait(request, metadata, call);
  }
}
