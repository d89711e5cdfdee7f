import type { NormaliserRule, RiskClass } from '#tools';
import { organisationOf, type RegistryState } from './state.js';
import { addText } from './tools-evolve.js';
import { toolsOf, type ToolRecord } from './tools-state.js';

type RecordRow = readonly [
  tool: string, approved: string | null, observed: string | null, firstSeenAtMs: number, observedAtMs: number,
  approvedBy: string, approvedAtMs: number | null, riskClass: RiskClass | null, riskSetBy: string,
];

/** One server's tools in a snapshot. */
export type ToolsRow = readonly [
  organisation: string, server: string, reported: boolean, registryOffset: number, rules: readonly (readonly [tool: string, pattern: string])[],
  texts: readonly (readonly [hash: string, text: string])[], records: readonly RecordRow[],
];

/** `tools` of a snapshot, or nothing while there are none; in the order of the events that made them. */
export function toolRows(state: RegistryState): { readonly tools?: readonly ToolsRow[] } {
  const rows = [...state.organisations.values()].flatMap(({ organisation, tools }) => [...tools].map(([server, of]): ToolsRow => [
    organisation, server, of.reported, of.registry_offset, of.rules.map(({ tool, pattern }) => [tool, pattern]), [...of.texts], [...of.records.values()].map(toRow),
  ]));
  return rows.length === 0 ? {} : { tools: rows };
}

export function restoreTools(state: RegistryState, rows: readonly ToolsRow[]): void {
  for (const [organisation, server, reported, registryOffset, rules, texts, records] of rows) {
    const tools = toolsOf(organisationOf(state, organisation), server);
    tools.reported = reported;
    tools.registry_offset = registryOffset;
    tools.rules = rules.map(([tool, pattern]): NormaliserRule => ({ tool, pattern }));
    for (const [hash, text] of texts) addText(state, tools, hash, text);
    for (const row of records) tools.records.set(row[0], fromRow(row));
  }
}

function toRow(record: ToolRecord): RecordRow {
  const { tool, approved, observed, first_seen_at_ms, observed_at_ms, approved_by, approved_at_ms, risk_class, risk_set_by } = record;
  return [tool, approved ?? null, observed ?? null, first_seen_at_ms, observed_at_ms, approved_by, approved_at_ms, risk_class, risk_set_by];
}

function fromRow([tool, approved, observed, first_seen_at_ms, observed_at_ms, approved_by, approved_at_ms, risk_class, risk_set_by]: RecordRow): ToolRecord {
  return { tool, approved: approved ?? undefined, observed: observed ?? undefined, first_seen_at_ms, observed_at_ms, approved_by, approved_at_ms, risk_class, risk_set_by };
}
