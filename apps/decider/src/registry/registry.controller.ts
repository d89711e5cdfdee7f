import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { REGISTRY_SERVICE, type registry } from '#contracts';
import type { Runtime } from '#ledger';
import { onwardOf } from '#platform';
import { findCredential, listCredentials, listGrants, listPolicies, listPolicyVersions, listServers } from '#registry';
import type { Access } from '../access.js';
import type { EditedGrant, Editor, RegistryEdits } from './registry.edits.js';
import { awaitedOf, modeOf, pageOf, rolesOf, timeOf, toCredential, toGrant, toInForce, toPolicyVersion, toServer } from './registry.mapping.js';

/** What the composition root provides to the controller. */
export const REGISTRY_API = Symbol('RegistryApi');

export interface RegistryApi {
  readonly edits: RegistryEdits;
  readonly access: Access;
  readonly runtime: Runtime;
}

type Call = ServerUnaryCall<unknown, unknown>;

/** docket.registry.v1.RegistryService: edits by admins, lists also for auditors. */
@Controller()
export class RegistryController {
  private readonly edits: RegistryEdits;

  constructor(@Inject(REGISTRY_API) private readonly api: RegistryApi) {
    this.edits = api.edits;
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async registerServer(request: registry.RegisterServerRequest__Output, metadata: Metadata, call: Call): Promise<registry.RegisterServerResponse> {
    const { server, registryOffset } = await this.edits.registerServer(this.admin(metadata), request.serverId, request.name, this.deadlineOf(call));
    return { server: toServer(server), registryOffset };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async listServers(request: registry.ListServersRequest__Output, metadata: Metadata): Promise<registry.ListServersResponse> {
    const { items, next_page_token } = listServers(this.edits.state, this.reader(metadata).organisation, pageOf(request));
    return { servers: items.map(toServer), nextPageToken: next_page_token };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async publishPolicy(request: registry.PublishPolicyRequest__Output, metadata: Metadata, call: Call): Promise<registry.PublishPolicyResponse> {
    const published = await this.edits.publishPolicy(this.admin(metadata), request.policyId, request.document, this.deadlineOf(call));
    const { version, inForce, warnings, unchanged } = published;
    return { version: toPolicyVersion(version), inForce: toInForce(inForce), warnings: [...warnings], unchanged };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async listPolicies(request: registry.ListPoliciesRequest__Output, metadata: Metadata): Promise<registry.ListPoliciesResponse> {
    const { items, next_page_token } = listPolicies(this.edits.state, this.reader(metadata).organisation, pageOf(request));
    return { policies: items.map(toPolicyVersion), nextPageToken: next_page_token };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async listPolicyVersions(request: registry.ListPolicyVersionsRequest__Output, metadata: Metadata): Promise<registry.ListPolicyVersionsResponse> {
    const { items, next_page_token } = listPolicyVersions(this.edits.state, this.reader(metadata).organisation, request.policyId, pageOf(request));
    return { versions: items.map(toPolicyVersion), nextPageToken: next_page_token };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async getPolicy(request: registry.GetPolicyRequest__Output, metadata: Metadata): Promise<registry.GetPolicyResponse> {
    const { version, document, inForce } = await this.edits.getPolicy(this.reader(metadata), request.policyId, request.version);
    return { version: toPolicyVersion(version), document: Buffer.from(document), inForce: toInForce(inForce) };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async attachPolicy(request: registry.AttachPolicyRequest__Output, metadata: Metadata, call: Call): Promise<registry.AttachPolicyResponse> {
    const caller = this.admin(metadata);
    return this.grantAnswer(await this.edits.attachPolicy(caller, request.grantId, request.policyId, modeOf(request.mode), this.deadlineOf(call)));
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async issueGrant(request: registry.IssueGrantRequest__Output, metadata: Metadata, call: Call): Promise<registry.IssueGrantResponse> {
    const caller = this.admin(metadata);
    const { serverId, policyId, mode, label, expiresAt } = request;
    const wanted = { server_id: serverId, policy_id: policyId, mode: modeOf(mode), label, expires_at_ms: timeOf('expires_at', expiresAt) };
    const issued = await this.edits.issueGrant(caller, wanted, this.deadlineOf(call));
    return { ...this.grantAnswer(issued), token: issued.token };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async listGrants(request: registry.ListGrantsRequest__Output, metadata: Metadata): Promise<registry.ListGrantsResponse> {
    const filters = { server_id: request.serverId, include_revoked: request.includeRevoked };
    const { items, next_page_token } = listGrants(this.edits.state, this.reader(metadata).organisation, filters, pageOf(request));
    return { grants: items.map((grant) => toGrant(grant, this.edits.partitionOf(grant.grant_id))), nextPageToken: next_page_token };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async getGrant(request: registry.GetGrantRequest__Output, metadata: Metadata): Promise<registry.GetGrantResponse> {
    return this.grantAnswer(await this.edits.getGrant(this.reader(metadata), request.grantId));
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async revokeGrant(request: registry.RevokeGrantRequest__Output, metadata: Metadata, call: Call): Promise<registry.RevokeGrantResponse> {
    return this.grantAnswer(await this.edits.revokeGrant(this.admin(metadata), request.grantId, this.deadlineOf(call)));
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async eraseGrant(request: registry.EraseGrantRequest__Output, metadata: Metadata, call: Call): Promise<registry.EraseGrantResponse> {
    const erased = await this.edits.eraseGrant(this.admin(metadata), request.grantId, this.deadlineOf(call));
    return { ...this.grantAnswer(erased), keyDestroyed: erased.keyDestroyed };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async issueCredential(request: registry.IssueCredentialRequest__Output, metadata: Metadata, call: Call): Promise<registry.IssueCredentialResponse> {
    const caller = this.admin(metadata);
    const { subject, roles, serverIds } = request;
    const issued = await this.edits.issueCredential(caller, subject, rolesOf(roles), serverIds, this.deadlineOf(call));
    return { credential: toCredential(issued.credential), token: issued.token, registryOffset: issued.registryOffset };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async listCredentials(request: registry.ListCredentialsRequest__Output, metadata: Metadata): Promise<registry.ListCredentialsResponse> {
    const { items, next_page_token } = listCredentials(this.edits.state, this.reader(metadata).organisation, pageOf(request));
    return { credentials: items.map(toCredential), nextPageToken: next_page_token };
  }

  @GrpcMethod(REGISTRY_SERVICE)
  async revokeCredential(request: registry.RevokeCredentialRequest__Output, metadata: Metadata, call: Call): Promise<registry.RevokeCredentialResponse> {
    const { credential, registryOffset } = await this.edits.revokeCredential(this.admin(metadata), request.credentialId, this.deadlineOf(call));
    return { credential: toCredential(credential), registryOffset };
  }

  @GrpcMethod(REGISTRY_SERVICE, 'WhoAmI')
  whoAmI(_request: registry.WhoAmIRequest__Output, metadata: Metadata): registry.WhoAmIResponse {
    const { credential_id, organisation } = this.api.access.require(metadata, ['gateway', 'admin', 'approver', 'auditor']);
    return { credential: toCredential(findCredential(this.edits.state, organisation, credential_id)!), organisation };
  }

  /** Asked by the registry's owner, with the credential of whoever made the edit or looks at it. */
  @GrpcMethod(REGISTRY_SERVICE)
  async awaitEdit(request: registry.AwaitEditRequest__Output, metadata: Metadata): Promise<registry.AwaitEditResponse> {
    this.reader(metadata);
    const { registryOffset, partitions, waitMs } = awaitedOf(request);
    return { pendingPartitions: [...await this.edits.awaitEdit(registryOffset, partitions, waitMs)] };
  }

  private admin(metadata: Metadata): Editor {
    return { ...this.api.access.require(metadata, ['admin']), onward: onwardOf(metadata, Infinity) };
  }

  private reader(metadata: Metadata): Editor {
    return { ...this.api.access.require(metadata, ['admin', 'auditor']), onward: onwardOf(metadata, Infinity) };
  }

  private grantAnswer({ grant, inForce }: EditedGrant): { grant: registry.Grant; inForce: registry.InForce } {
    return { grant: toGrant(grant, this.edits.partitionOf(grant.grant_id)), inForce: toInForce(inForce) };
  }

  /** The caller's deadline on the monotonic clock; undefined if there is none. */
  private deadlineOf(call: Call): number | undefined {
    const deadline = call.getDeadline();
    const leftMs = (deadline instanceof Date ? deadline.getTime() : deadline) - this.api.runtime.wallMs();
    return Number.isFinite(leftMs) ? this.api.runtime.monotonicMs() + leftMs : undefined;
  }
}
