import { parsePolicy } from '#policy';
import type { Runtime } from '#ledger';
import type { Onward } from '#platform';
import type { GrantRecord, Identity, IssueGrant, Mode, Role } from '#registry';
import { findCredential, findServer, getGrant, getPolicy, inForce } from '#registry';
import type { CredentialRecord, PolicyVersionView, PolicyView, RegistryState, ServerRecord } from '#registry';
import { counterWarnings } from './counter.warnings.js';
import { readPolicyDocument } from './policy.document.js';
import type { Edited, RegistryHost } from './registry.host.js';
import { newCredentialToken, newGrantToken } from './tokens.js';

/** The keys that seal the arguments of a grant's calls: made before the grant is, destroyed once it is erased. */
export interface GrantKeyMaker {
  create(grantId: string): Promise<unknown>;
}

/** Destroys the keys of grants that the registry says are erased. */
export interface KeyEraser {
  /** Whether a grant's key is destroyed, waited for until `untilMs` (monotonic). */
  destroyed(grantId: string, untilMs: number): Promise<boolean>;
}

/** Who edits, and what goes along when other nodes are asked whether the edit is in force there. */
export type Editor = Identity & { readonly onward?: Onward };

/** Where an object's last edit is in force: everywhere but on these decisions partitions. */
export interface InForce {
  readonly registryOffset: number;
  readonly pendingPartitions: readonly number[];
}

export interface EditedGrant {
  readonly grant: GrantRecord;
  readonly inForce: InForce;
}

const ERASE_DEADLINE_MS = 10_000;
/** Of a deadline, kept for the answer's way back. */
const ANSWER_MS = 250;

/** What an administrator does: each edit is logged in the registry and carried into the decisions partitions before it is answered. */
export class RegistryEdits {
  constructor(
    private readonly host: RegistryHost,
    private readonly keys: GrantKeyMaker,
    private readonly runtime: Runtime,
    private readonly eraser: KeyEraser,
  ) {}

  get state(): RegistryState {
    return this.host.follower.state;
  }

  async registerServer(caller: Editor, server_id: string, name: string, deadlineMs?: number): Promise<{ server: ServerRecord; registryOffset: number }> {
    const { registryOffset } = await this.host.edit({ type: 'RegisterServer', ...author(caller), server_id, name }, deadlineMs, caller.onward);
    return { server: present(findServer(this.state, caller.organisation, server_id)), registryOffset };
  }

  async publishPolicy(caller: Editor, policy_id: string, document: Uint8Array, deadlineMs?: number): Promise<{
    version: PolicyVersionView; inForce: InForce; warnings: readonly { pointer: string; message: string }[]; unchanged: boolean;
  }> {
    const read = readPolicyDocument(document);
    const before = inForce(this.state, caller.organisation, policy_id);
    const earlier = before && parsePolicy(this.state.documents.get(before.version) ?? '');
    const warnings = [...read.warnings, ...(earlier?.ok === true ? counterWarnings(earlier.policy, read.policy) : [])];
    const edited = await this.host.edit({ type: 'PublishPolicy', ...author(caller), policy_id, version: read.version, document: read.text }, deadlineMs, caller.onward);
    const { version } = getPolicy(this.state, caller.organisation, policy_id, read.version);
    return { version, inForce: inForceOf(edited), warnings, unchanged: edited.unchanged };
  }

  async getPolicy(caller: Editor, policyId: string, version: string): Promise<PolicyView & { readonly inForce: InForce }> {
    const view = getPolicy(this.state, caller.organisation, policyId, version);
    const { registry_offset, in_force } = view.version;
    // Nothing waits for a version that a later one has replaced.
    const pendingPartitions = in_force ? await this.host.pendingPartitions(registry_offset, undefined, caller.onward) : [];
    return { ...view, inForce: { registryOffset: registry_offset, pendingPartitions } };
  }

  attachPolicy(caller: Editor, grant_id: string, policy_id: string, mode: Mode, deadlineMs?: number): Promise<EditedGrant> {
    return this.editGrant(caller, this.host.edit({ type: 'AttachPolicy', ...author(caller), grant_id, policy_id, mode }, deadlineMs, caller.onward));
  }

  /** The token is in this answer and nowhere else. */
  async issueGrant(
    caller: Editor, wanted: Pick<IssueGrant, 'server_id' | 'policy_id' | 'label' | 'expires_at_ms'> & { readonly mode?: Mode }, deadlineMs?: number,
  ): Promise<EditedGrant & { token: string }> {
    const { id, token, secretHash } = newGrantToken(this.runtime);
    const { server_id, policy_id, mode = 'enforce', label, expires_at_ms } = wanted;
    const command: IssueGrant = {
      type: 'IssueGrant', ...author(caller), grant_id: id, server_id, policy_id, mode, label, expires_at_ms, secret_hash: secretHash,
    };
    // A key without a grant harms nobody, but a wrong request should not leave one.
    const refusal = this.host.refusalOf(command);
    if (refusal !== undefined) throw refusal;
    await this.keys.create(id);
    return { ...(await this.editGrant(caller, this.host.edit(command, deadlineMs, caller.onward))), token };
  }

  revokeGrant(caller: Editor, grant_id: string, deadlineMs?: number): Promise<EditedGrant> {
    return this.editGrant(caller, this.host.edit({ type: 'RevokeGrant', ...author(caller), grant_id }, deadlineMs, caller.onward));
  }

  /**
   * The erasure is in the log before anything is destroyed: whatever fails in between, every node that reads the registry
   * finds it there and goes on.
   */
  async eraseGrant(caller: Editor, grant_id: string, deadlineMs = this.runtime.monotonicMs() + ERASE_DEADLINE_MS): Promise<EditedGrant & { readonly keyDestroyed: boolean }> {
    const erased = await this.editGrant(caller, this.host.edit({ type: 'EraseGrant', ...author(caller), grant_id }, deadlineMs, caller.onward));
    return { ...erased, keyDestroyed: await this.eraser.destroyed(grant_id, deadlineMs - ANSWER_MS) };
  }

  async getGrant(caller: Editor, grantId: string): Promise<EditedGrant> {
    const grant = getGrant(this.state, caller.organisation, grantId);
    const { registry_offset } = grant;
    return { grant, inForce: { registryOffset: registry_offset, pendingPartitions: await this.host.pendingPartitions(registry_offset, grantId, caller.onward) } };
  }

  /** The token is in this answer and nowhere else. */
  async issueCredential(caller: Editor, subject: string, roles: readonly Role[], server_ids: readonly string[], deadlineMs?: number): Promise<{
    credential: CredentialRecord; token: string; registryOffset: number;
  }> {
    const { id, token, secretHash } = newCredentialToken(this.runtime);
    const { registryOffset } = await this.host.edit({
      type: 'IssueCredential', ...author(caller), credential_id: id, subject, roles, server_ids, secret_hash: secretHash,
    }, deadlineMs, caller.onward);
    return { credential: present(findCredential(this.state, caller.organisation, id)), token, registryOffset };
  }

  async revokeCredential(caller: Editor, credential_id: string, deadlineMs?: number): Promise<{ credential: CredentialRecord; registryOffset: number }> {
    const { registryOffset } = await this.host.edit({ type: 'RevokeCredential', ...author(caller), credential_id }, deadlineMs, caller.onward);
    return { credential: present(findCredential(this.state, caller.organisation, credential_id)), registryOffset };
  }

  /** Of these decisions partitions, those that this node does not own or that have not logged everything up to `registryOffset` after `waitMs`. */
  awaitEdit(registryOffset: number, partitions: readonly number[], waitMs: number): Promise<readonly number[]> {
    return this.host.settleHere(registryOffset, partitions, this.runtime.monotonicMs() + waitMs);
  }

  /** The decisions partition that a grant's calls are decided in. */
  partitionOf(grantId: string): number {
    return this.host.partitionOf(grantId);
  }

  private async editGrant(caller: Identity, editing: Promise<Edited>): Promise<EditedGrant> {
    const edited = await editing;
    return { grant: getGrant(this.state, caller.organisation, edited.id), inForce: inForceOf(edited) };
  }
}

function author({ organisation, subject }: Identity): { organisation: string; actor: string } {
  return { organisation, actor: subject };
}

function inForceOf({ registryOffset, pendingPartitions }: Edited): InForce {
  return { registryOffset, pendingPartitions };
}

/** The copy that is read has passed the edit, so what was edited is there. */
function present<T>(record: T | undefined): T {
  if (record === undefined) throw new Error('an edited object is missing from the registry');
  return record;
}
