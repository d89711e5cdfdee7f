import type { Decision } from './decision.js';
import type { GrantSet, SetGrant, SetPolicyVersion } from './model.js';
import { type DecisionState, policyInForce } from './state.js';

/** Edits of the registry, idempotent by registry offset: one that is no newer than what was applied changes nothing. */
export function setGrant(state: DecisionState, command: SetGrant): Decision {
  const known = state.grants.get(command.grant_id);
  if (known !== undefined && known.registry_offset >= command.registry_offset) return unchanged();
  const event: GrantSet = {
    type: 'GrantSet',
    registry_offset: command.registry_offset,
    grant_id: command.grant_id,
    organisation: command.organisation,
    server_id: command.server_id,
    secret_hash: command.secret_hash,
    policy_id: command.policy_id,
    mode: command.mode,
    expires_at_ms: command.expires_at_ms,
    revoked: command.revoked,
    ...(command.erased === true ? { erased: true } : {}),
  };
  return { kind: 'append', event };
}

export function setPolicyVersion(state: DecisionState, command: SetPolicyVersion): Decision {
  const { registry_offset, organisation, policy_id, version } = command;
  const known = policyInForce(state, organisation, policy_id);
  if (known !== undefined && known.registry_offset >= registry_offset) return unchanged();
  return { kind: 'append', event: { type: 'PolicyVersionSet', registry_offset, organisation, policy_id, version } };
}

function unchanged(): Decision {
  return { kind: 'answer', reply: { type: 'Applied', changed: false } };
}
