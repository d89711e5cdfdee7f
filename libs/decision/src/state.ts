import { Approvals } from './approvals.js';
import { FixedWindows } from './fixed-windows.js';
import type { CallDecided, GrantSet, Verdict } from './model.js';
import { RememberedCalls } from './remembered-calls.js';
import { RememberedIds } from './remembered-ids.js';
import type { Reservation } from './scope-quota.js';
import { SlidingWindows } from './sliding-windows.js';

/** A logical call: the call that was charged for it, and how many rounds it has had. */
export interface LogicalCall {
  readonly offset: number;
  readonly rounds: number;
}

export interface PolicyInForce {
  readonly version: string;
  readonly registry_offset: number;
}

/** The state of one decisions partition: the fold of its events and nothing else. */
export interface DecisionState {
  readonly grants: Map<string, GrantSet>;
  /** By organisation, then policy id. */
  readonly policies: Map<string, Map<string, PolicyInForce>>;
  readonly windows: FixedWindows;
  readonly sliding: SlidingWindows;
  readonly approvals: Approvals;
  readonly calls: RememberedCalls;
  readonly logicalCalls: RememberedIds<LogicalCall>;
  /** Of calls that took their share of wider scopes here, wherever they were decided. */
  readonly reservations: RememberedIds<Reservation>;
  /** One copy of each name that many grants have in common. */
  readonly names: Map<string, string>;
}

export function initialState(): DecisionState {
  return {
    grants: new Map(),
    policies: new Map(),
    windows: new FixedWindows(),
    sliding: new SlidingWindows(),
    approvals: new Approvals(),
    calls: new RememberedCalls(),
    logicalCalls: new RememberedIds(),
    reservations: new RememberedIds(),
    names: new Map(),
  };
}

/** The grant as this partition knows it, revoked and expired ones included. */
export function findGrant(state: DecisionState, grantId: string): GrantSet | undefined {
  return state.grants.get(grantId);
}

export function policyInForce(state: DecisionState, organisation: string, policyId: string): PolicyInForce | undefined {
  return state.policies.get(organisation)?.get(policyId);
}

/** What the policy said, which observe mode does not enforce. */
export function ruledVerdict(event: CallDecided): Verdict {
  return event.would_be ?? event.verdict;
}

/** A copy of the grant whose common names are shared with other grants: a partition may hold a million of them. */
export function shareNames(state: DecisionState, grant: GrantSet): GrantSet {
  return {
    type: 'GrantSet',
    registry_offset: grant.registry_offset,
    grant_id: grant.grant_id,
    organisation: shared(state, grant.organisation),
    server_id: shared(state, grant.server_id),
    secret_hash: grant.secret_hash,
    policy_id: shared(state, grant.policy_id),
    mode: grant.mode === 'observe' ? 'observe' : 'enforce',
    expires_at_ms: grant.expires_at_ms,
    revoked: grant.revoked,
    ...(grant.erased === true ? { erased: true } : {}),
  };
}

function shared(state: DecisionState, name: string): string {
  const known = state.names.get(name);
  if (known !== undefined) return known;
  state.names.set(name, name);
  return name;
}
