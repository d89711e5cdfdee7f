import { DocketError } from '#errors';
import type { PinState } from '#tools';
import { findServer, type RegistryState } from './state.js';
import { findTools, stateOf, type ToolRecord, type ToolsOfServer } from './tools-state.js';
import { Violations } from './validate.js';

/** A tool with its texts. The tool '' is the server's instructions. */
export interface ToolView {
  readonly record: ToolRecord;
  readonly state: PinState;
  /** Canonical JSON; undefined where the hash is. */
  readonly approvedText: string | undefined;
  readonly observedText: string | undefined;
}

export interface ToolsPage {
  readonly tools: readonly ToolView[];
  /** '' on the last page, else the name after which the next one begins. */
  readonly nextAfter: string;
}

/** All tools of a server that were ever listed, in order of name; the instructions first. Throws not_found for an unknown server. */
export function toolViews(state: RegistryState, organisation: string, serverId: string): ToolView[] {
  const tools = toolsOfServer(state, organisation, serverId);
  if (tools === undefined) return [];
  const names = [...tools.records.keys()].sort();
  return names.map((name) => viewOf(tools, tools.records.get(name) as ToolRecord));
}

/** As many as fit, by their texts: at least one. `after`: the name that the page before ended with; undefined: from the first on. */
export function listTools(views: readonly ToolView[], after: string | undefined, charsMax: number): ToolsPage {
  const rest = after === undefined ? views : views.filter(({ record }) => record.tool > after);
  let chars = 0;
  let count = 0;
  for (const view of rest) {
    chars += sizeOf(view);
    if (count > 0 && chars > charsMax) break;
    count += 1;
  }
  const page = rest.slice(0, count);
  return { tools: page, nextAfter: count === rest.length ? '' : page.at(-1)?.record.tool ?? '' };
}

function toolsOfServer(state: RegistryState, organisation: string, serverId: string): ToolsOfServer | undefined {
  const wrong = new Violations().slug('server_id', serverId).error();
  if (wrong !== undefined) throw wrong;
  if (findServer(state, organisation, serverId) === undefined) {
    const message = `there is no server ${serverId}`;
    throw new DocketError('not_found', { reason: 'SERVER_NOT_FOUND', message, violations: [{ field: 'server_id', description: message }] });
  }
  return findTools(state, organisation, serverId);
}

function viewOf(tools: ToolsOfServer, record: ToolRecord): ToolView {
  const { approved, observed } = record;
  return {
    record, state: stateOf(record),
    approvedText: approved === undefined ? undefined : tools.texts.get(approved),
    observedText: observed === undefined ? undefined : tools.texts.get(observed),
  };
}

function sizeOf({ approvedText = '', observedText = '' }: ToolView): number {
  return approvedText.length + (approvedText === observedText ? 0 : observedText.length) + 1_024;
}
