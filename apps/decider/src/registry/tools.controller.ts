import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { REGISTRY_SERVICE, type registry } from '#contracts';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { onwardOf } from '#platform';
import type { Role } from '#registry';
import type { Access } from '../access.js';
import type { Editor } from './registry.edits.js';
import type { RegistryTools } from './registry.tools.js';
import { afterOf, pageTokenOf, riskClassOf, toDiff, toTool } from './tools.mapping.js';

/** What the composition root provides to the controller. */
export const TOOLS_API = Symbol('ToolsApi');

export interface ToolsApi {
  readonly tools: RegistryTools;
  readonly access: Access;
  readonly runtime: Runtime;
}

type Call = ServerUnaryCall<unknown, unknown>;

/** The part of docket.registry.v1.RegistryService that is about servers' tools. */
@Controller()
export class ToolsController {
  constructor(@Inject(TOOLS_API) private readonly api: ToolsApi) {}

  @GrpcMethod(REGISTRY_SERVICE)
  reportTools(request: registry.ReportToolsRequest__Output, metadata: Metadata, call: Call): Promise<registry.ReportToolsResponse> {
    const caller = this.ofServer(metadata, ['gateway', 'admin'], request.serverId);
    const { serverId, definitions, instructions, trustFirst } = request;
    return this.api.tools.report(caller, serverId, { definitions, instructions, trustFirst }, this.deadlineOf(call)).then((reported) => ({ ...reported, rejected: [...reported.rejected] }));
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async listTools(request: registry.ListToolsRequest__Output, metadata: Metadata): Promise<registry.ListToolsResponse> {
    const { serverId, pageToken, withRisk, afterRegistryOffset, waitMs } = request;
    const caller = this.ofServer(metadata, ['gateway', 'admin', 'auditor'], serverId);
    const listed = await this.api.tools.list(caller, serverId, { after: afterOf(pageToken), withRisk, afterOffset: afterRegistryOffset, waitMs });
    return {
      tools: listed.tools.map((view) => toTool(view, listed.risks?.get(view.record.tool))), nextPageToken: pageTokenOf(listed.nextAfter),
      registryOffset: listed.registryOffset, unchanged: listed.unchanged, churn: listed.rules.map((rule) => ({ ...rule })), reported: listed.reported,
    };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async diffTools(request: registry.DiffToolsRequest__Output, metadata: Metadata): Promise<registry.DiffToolsResponse> {
    const caller = this.ofServer(metadata, ['admin', 'auditor'], request.serverId);
    const { diffs, nextAfter } = this.api.tools.diff(caller, request.serverId, request.tool, afterOf(request.pageToken));
    return { diffs: diffs.map(toDiff), nextPageToken: pageTokenOf(nextAfter) };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  approveTools(request: registry.ApproveToolsRequest__Output, metadata: Metadata, call: Call): Promise<registry.ApproveToolsResponse> {
    const caller = this.ofServer(metadata, ['admin'], request.serverId);
    return this.api.tools.approve(caller, request.serverId, request.tools.map(({ name, hash }) => ({ tool: name, hash })), this.deadlineOf(call));
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async overrideRisk(request: registry.OverrideRiskRequest__Output, metadata: Metadata, call: Call): Promise<registry.OverrideRiskResponse> {
    const caller = this.ofServer(metadata, ['admin'], request.serverId);
    return this.api.tools.overrideRisk(caller, request.serverId, request.tool, riskClassOf(request.riskClass), this.deadlineOf(call));
  }

  @GrpcMethod(REGISTRY_SERVICE)
  allowChurn(request: registry.AllowChurnRequest__Output, metadata: Metadata, call: Call): Promise<registry.AllowChurnResponse> {
    const caller = this.ofServer(metadata, ['admin'], request.serverId);
    return this.api.tools.allowChurn(caller, request.serverId, request.rules.map(({ tool, pattern }) => ({ tool, pattern })), this.deadlineOf(call));
  }

  /** A gateway's credential may be for some servers only; that does not narrow what the other roles may do. */
  private ofServer(metadata: Metadata, roles: readonly Role[], serverId: string): Editor {
    const identity = this.api.access.require(metadata, roles);
    const isGatewayOnly = !roles.some((role) => role !== 'gateway' && identity.roles.includes(role));
    if (isGatewayOnly && identity.server_ids.length > 0 && !identity.server_ids.includes(serverId)) {
      throw new DocketError('permission_denied', { reason: 'SERVER_NOT_YOURS', message: 'the credential is for other servers' });
    }
    return { ...identity, onward: onwardOf(metadata, Infinity) };
  }

  /** The caller's deadline on the monotonic clock; undefined if there is none. */
  private deadlineOf(call: Call): number | undefined {
    const deadline = call.getDeadline();
    const leftMs = (deadline instanceof Date ? deadline.getTime() : deadline) - this.api.runtime.wallMs();
    return Number.isFinite(leftMs) ? this.api.runtime.monotonicMs() + leftMs : undefined;
  }
}
