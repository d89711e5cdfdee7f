import { DocketError } from '#errors';
import { entryFor, isHidden } from '#policy';
import { compiledPolicy, policyVersion } from './decide-call.js';
import type { Decision } from './decision.js';
import { openLiveGrant } from './grant-access.js';
import { readLimits } from './limits.js';
import type { ListVisibleTools, PolicyLookup, VisibleToolsReply } from './model.js';
import type { DecisionState } from './state.js';

/**
 * For filtering a tool list: advisory, since only a decision decides. Without a policy there is nothing to see. Observe mode
 * allows every call, so it hides no tool.
 */
export function listVisibleTools(state: DecisionState, command: ListVisibleTools, nowMs: number, policies: PolicyLookup): Decision {
  return { kind: 'advise', reply: visibleTools(state, command, nowMs, policies) };
}

function visibleTools(state: DecisionState, command: ListVisibleTools, nowMs: number, policies: PolicyLookup): VisibleToolsReply | DocketError {
  const grant = openLiveGrant(state, command.grant, command.caller, '', nowMs);
  if (grant instanceof DocketError) return grant;
  const observed = grant.mode === 'observe';
  if (grant.policy_id === '') {
    const tools = command.names.map((name) => ({ name, visible: observed, limits: [] }));
    return { type: 'VisibleTools', policy_id: '', policy_version: '', tools };
  }
  const version = policyVersion(state, grant);
  if (version instanceof DocketError) return version;
  const policy = compiledPolicy(version, policies);
  if (policy instanceof DocketError) return policy;
  const tools = command.names.map((name) => {
    if (isHidden(policy, name)) return { name, visible: observed, limits: [] };
    const entry = entryFor(policy, name);
    const limits = entry === undefined ? [] : readLimits(state, entry, { grant, tool: name, session_id: command.session_id, agent: command.agent }, nowMs);
    return { name, visible: true, limits };
  });
  return { type: 'VisibleTools', policy_id: grant.policy_id, policy_version: version, tools };
}
