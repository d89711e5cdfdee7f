import { DocketError, type ErrorKind } from '#errors';
import { TOOLS_MAX } from '#tools';
import type { ApproveTools, ReportTools, SetToolChurn, SetToolRisk, StoreToolText, ToolCommand } from './commands.js';
import type { RegistryDecision } from './decide.js';
import type { RegistryEvent, ToolHash } from './model.js';
import { findServer, type RegistryState } from './state.js';
import { findTools, type ToolsOfServer } from './tools-state.js';

/** All texts of all servers together: the registry's owner and every decider hold them in memory. */
export const TOOL_TEXTS_CHARS_MAX = 50_000_000;
/** Texts of one server that no report has named yet. */
const UNNAMED_TEXTS_MAX = 2 * TOOLS_MAX + 2;
/** Tools of one server that were ever listed: what is withdrawn is remembered, since it may come back as something else. */
const RECORDS_MAX = 4 * TOOLS_MAX;

const NOTHING: ToolsOfServer = { records: new Map(), texts: new Map(), rules: [], reported: false, registry_offset: 0 };

/** What a command about a server's tools does (mcp-gateway.md 4). */
export function decideTools(state: RegistryState, command: ToolCommand): RegistryDecision {
  const { organisation, server_id } = command;
  if (findServer(state, organisation, server_id) === undefined) {
    return refuse('not_found', 'SERVER_NOT_FOUND', `there is no server ${server_id}: register it first`, 'server_id');
  }
  const tools = findTools(state, organisation, server_id) ?? NOTHING;
  switch (command.type) {
    case 'StoreToolText': return storeText(state, tools, command);
    case 'ReportTools': return reportTools(tools, command);
    case 'ApproveTools': return approveTools(tools, command);
    case 'SetToolRisk': return setRisk(tools, command);
    case 'SetToolChurn': return setChurn(tools, command);
  }
}

function storeText(state: RegistryState, tools: ToolsOfServer, command: StoreToolText): RegistryDecision {
  const { organisation, server_id, tool, hash, hash_formula, text, actor } = command;
  if (tools.texts.has(hash)) return unchanged(server_id, tools);
  if (state.toolChars + text.length > TOOL_TEXTS_CHARS_MAX) {
    return refuse('resource_exhausted', 'TOOL_TEXTS_LIMIT', `all tools' definitions together may have ${TOOL_TEXTS_CHARS_MAX} characters`, 'tools');
  }
  if (tools.texts.size >= 2 * tools.records.size + UNNAMED_TEXTS_MAX) {
    return refuse('resource_exhausted', 'TOOL_TEXTS_LIMIT', `${UNNAMED_TEXTS_MAX} definitions of ${server_id} wait for a report already`, 'tools');
  }
  return append({ type: 'ToolTextStored', organisation, server_id, tool, hash, hash_formula, text, actor });
}

function reportTools(tools: ToolsOfServer, command: ReportTools): RegistryDecision {
  const { organisation, server_id, instructions, tools: listed, trust_first, actor } = command;
  const all = instructions === '' ? listed : [...listed, { tool: '', hash: instructions }];
  const missing = all.find(({ hash }) => !tools.texts.has(hash));
  if (missing !== undefined) {
    return refuse('failed_precondition', 'TOOL_TEXT_MISSING', `the definition of ${missing.tool || 'the instructions'} is not stored: store it, then report again`, 'tools');
  }
  if (tools.reported && isSame(tools, all)) return unchanged(server_id, tools);
  if (all.filter(({ tool }) => !tools.records.has(tool)).length + tools.records.size > RECORDS_MAX) {
    return refuse('resource_exhausted', 'TOOLS_LIMIT', `server ${server_id} has listed ${RECORDS_MAX} different tools by now: no more are taken`, 'tools');
  }
  return append({ type: 'ToolsReported', organisation, server_id, instructions, tools: listed, trusted: trust_first && !tools.reported, actor });
}

function isSame(tools: ToolsOfServer, listed: readonly ToolHash[]): boolean {
  let observed = 0;
  for (const record of tools.records.values()) if (record.observed !== undefined) observed += 1;
  return observed === listed.length && listed.every(({ tool, hash }) => tools.records.get(tool)?.observed === hash);
}

function approveTools(tools: ToolsOfServer, command: ApproveTools): RegistryDecision {
  const { organisation, server_id, tools: wanted, actor } = command;
  for (const [index, { tool, hash }] of wanted.entries()) {
    const record = tools.records.get(tool);
    if (record === undefined) return refuse('not_found', 'TOOL_NOT_FOUND', `server ${server_id} has never listed ${tool || 'instructions'}`, `tools[${index}]`);
    if (record.observed === undefined) return refuse('failed_precondition', 'TOOL_WITHDRAWN', `server ${server_id} does not list ${tool || 'instructions'} any more`, `tools[${index}]`);
    if (record.observed !== hash) {
      return refuse('failed_precondition', 'TOOL_CHANGED', `${tool || 'the instructions'} has changed again since it was looked at: look at the difference, then approve that`, `tools[${index}]`);
    }
  }
  const news = wanted.filter(({ tool, hash }) => tools.records.get(tool)?.approved !== hash);
  if (news.length === 0) return unchanged(server_id, tools);
  return append({ type: 'ToolsApproved', organisation, server_id, tools: news, actor });
}

function setRisk(tools: ToolsOfServer, command: SetToolRisk): RegistryDecision {
  const { organisation, server_id, tool, risk_class, actor } = command;
  const record = tools.records.get(tool);
  if (record === undefined || tool === '') return refuse('not_found', 'TOOL_NOT_FOUND', `server ${server_id} has never listed ${tool}`, 'tool');
  if (record.risk_class === risk_class) return unchanged(server_id, tools);
  return append({ type: 'ToolRiskSet', organisation, server_id, tool, risk_class, actor });
}

function setChurn(tools: ToolsOfServer, command: SetToolChurn): RegistryDecision {
  const { organisation, server_id, rules, actor } = command;
  if (JSON.stringify(tools.rules) === JSON.stringify(rules.map(({ tool, pattern }) => ({ tool, pattern })))) return unchanged(server_id, tools);
  return append({ type: 'ToolChurnSet', organisation, server_id, rules, actor });
}

function append(event: RegistryEvent): RegistryDecision {
  return { kind: 'append', event };
}

function unchanged(id: string, { registry_offset }: ToolsOfServer): RegistryDecision {
  return { kind: 'answer', reply: { id, registry_offset, unchanged: true } };
}

function refuse(kind: ErrorKind, reason: string, message: string, field: string): RegistryDecision {
  return { kind: 'refuse', error: new DocketError(kind, { reason, message, violations: [{ field, description: message }] }) };
}
