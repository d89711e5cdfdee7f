import { pinState, type NormaliserRule, type PinState, type RiskClass } from '#tools';
import type { OrganisationState, RegistryState } from './state.js';

/** Where one tool stands. The tool '' is the server's instructions. */
export interface ToolRecord {
  readonly tool: string;
  /** Hash of what may be served and called; undefined: nothing yet. */
  readonly approved: string | undefined;
  /** Hash of what the server listed last; undefined: it lists it no more. */
  readonly observed: string | undefined;
  readonly first_seen_at_ms: number;
  readonly observed_at_ms: number;
  /** '' while nothing is approved. */
  readonly approved_by: string;
  readonly approved_at_ms: number | null;
  readonly risk_class: RiskClass | null;
  readonly risk_set_by: string;
}

/** What is known of one server's tools. Records are never changed in place. */
export interface ToolsOfServer {
  readonly records: Map<string, ToolRecord>;
  /** Texts by their hash: those that a record names, and those stored since the last report. */
  readonly texts: Map<string, string>;
  rules: readonly NormaliserRule[];
  /** Something has been reported: nothing is taken on trust any more. */
  reported: boolean;
  /** Of the last event that changes what is served, called or told; stored texts alone do not. */
  registry_offset: number;
}

/** The tools of a server; undefined while nothing was reported, stored or set. */
export function findTools(state: RegistryState, organisation: string, serverId: string): ToolsOfServer | undefined {
  return state.organisations.get(organisation)?.tools.get(serverId);
}

/** Made at its first event. */
export function toolsOf(owner: OrganisationState, serverId: string): ToolsOfServer {
  const known = owner.tools.get(serverId);
  if (known !== undefined) return known;
  const made: ToolsOfServer = { records: new Map(), texts: new Map(), rules: [], reported: false, registry_offset: 0 };
  owner.tools.set(serverId, made);
  return made;
}

export function stateOf(record: ToolRecord): PinState {
  return pinState(record.approved, record.observed);
}
