import { DocketError } from '#errors';
import { entryFor, isHidden } from '#policy';
import { compiledPolicy, policyVersion } from './decide-call.js';
import type { Decision } from './decision.js';
import { openLiveGrant } from './grant-access.js';
import { readLimits } from './limits.js';
import type { AskedLimit, ListVisibleTools, PolicyLookup, ScopeAsk, ScopeAskedReply, VisibleToolsReply } from './model.js';
import type { DecisionState } from './state.js';
import { readWithWider } from './wider-limits.js';

/** Limits that one question may name. */
export const ASKED_LIMITS_MAX = 4_000;

/**
 * For filtering a tool list: advisory, since only a decision decides. Without a policy there is nothing to see. Observe mode
 * allows every call, so it hides no tool.
 */
export function listVisibleTools(state: DecisionState, command: ListVisibleTools, nowMs: number, policies: PolicyLookup): Decision {
  return { kind: 'advise', reply: visibleTools(state, command, nowMs, policies) };
}

function visibleTools(state: DecisionState, command: ListVisibleTools, nowMs: number, policies: PolicyLookup): VisibleToolsReply | ScopeAskedReply | DocketError {
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
  const asks: ScopeAsk[] = [];
  const tools = command.names.map((name) => {
    if (isHidden(policy, name)) return { name, visible: observed, limits: [] };
    const entry = entryFor(policy, name);
    if (entry === undefined) return { name, visible: true, limits: [] };
    const call = { grant, tool: name, session_id: command.session_id, agent: command.agent };
    if (!entry.hasWider) return { name, visible: true, limits: readLimits(state, entry, call, nowMs) };
    const read = readWithWider(state, entry.limits, call, command.scoped ?? [], nowMs);
    asks.push(...read.asks);
    return { name, visible: true, limits: read.readings };
  });
  const [first] = asks;
  if (first !== undefined) return { type: 'ScopeAsked', ask: { ...first, limits: together(asks.filter(({ scope }) => scope === first.scope)) }, room: Infinity };
  return { type: 'VisibleTools', policy_id: grant.policy_id, policy_version: version, tools };
}

/** Many tools share their limits: each is asked about once. More than may be asked about at once are left out of the list. */
function together(asks: readonly ScopeAsk[]): AskedLimit[] {
  const limits = new Map<string, AskedLimit>();
  for (const ask of asks) for (const one of ask.limits) limits.set(JSON.stringify([one.counter, one.limit, one.amount]), one);
  return [...limits.values()].slice(0, ASKED_LIMITS_MAX);
}
