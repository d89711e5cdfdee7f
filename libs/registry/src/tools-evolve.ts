import type { ToolEvent, ToolsApproved, ToolsReported } from './model.js';
import { organisationOf, type RegistryState } from './state.js';
import { toolsOf, type ToolRecord, type ToolsOfServer } from './tools-state.js';

interface At {
  readonly offset: number;
  readonly timeMs: number;
}

const FIRST_USE = '(first use)';

/** Folds an event about a server's tools. Valid when it was decided: nothing is judged again. */
export function evolveTools(state: RegistryState, event: ToolEvent, at: At): void {
  const tools = toolsOf(organisationOf(state, event.organisation), event.server_id);
  switch (event.type) {
    case 'ToolTextStored':
      addText(state, tools, event.hash, event.text);
      return;
    case 'ToolsReported':
      report(tools, event, at);
      dropUnnamed(state, tools);
      break;
    case 'ToolsApproved':
      approve(tools, event, at);
      dropUnnamed(state, tools);
      break;
    case 'ToolRiskSet': {
      const record = tools.records.get(event.tool);
      if (record !== undefined) tools.records.set(event.tool, { ...record, risk_class: event.risk_class, risk_set_by: event.risk_class === null ? '' : event.actor });
      break;
    }
    case 'ToolChurnSet':
      tools.rules = event.rules;
  }
  tools.registry_offset = at.offset;
}

export function addText(state: RegistryState, tools: ToolsOfServer, hash: string, text: string): void {
  if (tools.texts.has(hash)) return;
  tools.texts.set(hash, text);
  state.toolChars += text.length;
}

function report(tools: ToolsOfServer, event: ToolsReported, { timeMs }: At): void {
  const listed = new Map(event.tools.map(({ tool, hash }) => [tool, hash]));
  if (event.instructions !== '') listed.set('', event.instructions);
  for (const record of tools.records.values()) {
    if (!listed.has(record.tool) && record.observed !== undefined) tools.records.set(record.tool, { ...record, observed: undefined, observed_at_ms: timeMs });
  }
  for (const [tool, hash] of listed) {
    const known = tools.records.get(tool) ?? fresh(tool, timeMs);
    const approval = event.trusted ? { approved: hash, approved_by: FIRST_USE, approved_at_ms: timeMs } : {};
    if (known.observed !== hash || event.trusted) tools.records.set(tool, { ...known, ...approval, observed: hash, observed_at_ms: timeMs });
  }
  tools.reported = true;
}

function fresh(tool: string, timeMs: number): ToolRecord {
  return {
    tool, approved: undefined, observed: undefined, first_seen_at_ms: timeMs, observed_at_ms: timeMs,
    approved_by: '', approved_at_ms: null, risk_class: null, risk_set_by: '',
  };
}

function approve(tools: ToolsOfServer, event: ToolsApproved, { timeMs }: At): void {
  for (const { tool, hash } of event.tools) {
    const record = tools.records.get(tool);
    if (record !== undefined) tools.records.set(tool, { ...record, approved: hash, approved_by: event.actor, approved_at_ms: timeMs });
  }
}

/** A server that lists something else every time must not fill the memory. */
function dropUnnamed(state: RegistryState, tools: ToolsOfServer): void {
  const named = new Set<string>();
  for (const { approved, observed } of tools.records.values()) {
    if (approved !== undefined) named.add(approved);
    if (observed !== undefined) named.add(observed);
  }
  for (const [hash, text] of tools.texts) {
    if (named.has(hash)) continue;
    tools.texts.delete(hash);
    state.toolChars -= text.length;
  }
}
