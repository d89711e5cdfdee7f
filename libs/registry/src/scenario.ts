import { DocketError } from '#errors';
import type { RegistryCommand, RegistryReply } from './commands.js';
import { registryMachine } from './machine.js';
import type { RegistryEvent } from './model.js';
import type { RegistryState } from './state.js';

/** For specs: a registry that takes commands one after another, as its single writer would. */
export class Scenario {
  readonly machine = registryMachine();
  readonly events: RegistryEvent[] = [];
  state: RegistryState = this.machine.initialState();
  nowMs = 1_000_000;
  /** Offset 0 of every log is the claim. */
  nextOffset = 1;

  given(...commands: RegistryCommand[]): this {
    for (const command of commands) {
      const outcome = this.when(command);
      if (outcome instanceof DocketError) throw outcome;
    }
    return this;
  }

  when(command: RegistryCommand): RegistryReply | DocketError {
    const decision = this.machine.decide(this.state, command, { nowMs: this.nowMs });
    if (decision.kind === 'refuse') return decision.error;
    if (decision.kind !== 'append') return decision.reply;
    const encoded = JSON.parse(JSON.stringify(this.machine.encode(decision.event)));
    const event = this.machine.decode(encoded);
    const offset = this.nextOffset;
    this.nextOffset += 1;
    this.events.push(event);
    this.state = this.machine.evolve(this.state, event, { offset, timeMs: this.nowMs });
    return this.machine.replyTo(event, { offset });
  }
}

export const SECRET_HASH = 'ab'.repeat(32);
export const VERSION_1 = '1'.repeat(64);
export const VERSION_2 = '2'.repeat(64);
const admin = { organisation: 'default', actor: 'ada' };

export const create: RegistryCommand = {
  type: 'CreateRegistry', organisation: 'default', decisions_partitions: 16, tokens_partitions: 16, call_id_memory_ms: 600_000, call_id_ahead_ms: 60_000,
};
export function server(server_id = 'payments', name = 'Payments'): RegistryCommand {
  return { type: 'RegisterServer', ...admin, server_id, name };
}
export function publish(policy_id = 'careful', version = VERSION_1): RegistryCommand {
  return { type: 'PublishPolicy', ...admin, policy_id, version, document: `{"default":"deny","v":"${version}"}` };
}
export function grantId(n: number): string {
  return n.toString(16).padStart(32, '0');
}
export function issue(n = 1, fields: Partial<Extract<RegistryCommand, { type: 'IssueGrant' }>> = {}): RegistryCommand {
  return {
    type: 'IssueGrant', ...admin, grant_id: grantId(n), server_id: 'payments', policy_id: '', label: 'nightly job', secret_hash: SECRET_HASH, expires_at_ms: null, ...fields,
  };
}
export function attach(n = 1, policy_id = 'careful', mode: 'enforce' | 'observe' = 'enforce'): RegistryCommand {
  return { type: 'AttachPolicy', ...admin, grant_id: grantId(n), policy_id, mode };
}
export function revoke(n = 1): RegistryCommand {
  return { type: 'RevokeGrant', ...admin, grant_id: grantId(n) };
}
export function credentialId(n: number): string {
  return n.toString(16).padStart(16, '0');
}
export function credential(n = 1, fields: Partial<Extract<RegistryCommand, { type: 'IssueCredential' }>> = {}): RegistryCommand {
  return {
    type: 'IssueCredential', ...admin, credential_id: credentialId(n), subject: 'edge', roles: ['gateway'], server_ids: [], secret_hash: SECRET_HASH, ...fields,
  };
}
export function revokeCredential(n = 1): RegistryCommand {
  return { type: 'RevokeCredential', ...admin, credential_id: credentialId(n) };
}
