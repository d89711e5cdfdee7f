import type { DocketClient } from '#client';
import type { JsonObject } from '#mcp';
import { RPC } from '#mcp';
import type { Exchange, PinnedTool, RpcAnswer, ToolPins } from '../ports.js';
import { GATEWAY_ERRORS } from './refusals.js';

/** Tools of a page, and names in one question to the decider. */
const PAGE_SIZE = 500;
const NAMES_MAX = 500;
const CURSOR = /^[A-Za-z0-9_-]{1,256}$/;
/** How long a client may keep a list: short, since `list_changed` reaches only those that listen. */
export const LIST_TTL_MS = 30_000;

export interface ToolListOptions {
  readonly docket: Pick<DocketClient, 'listVisibleTools'>;
  readonly pins: Pick<ToolPins, 'toolsOf'>;
}

/** Tools that are shown: approved once, and as they were then, whatever the upstream says now. */
export function isShown({ state }: PinnedTool): boolean {
  return state === 'approved' || state === 'changed';
}

/**
 * What of a server's tools a grant may see, in order of name: from the pins, so that neither earlier calls nor the upstream change it
 * (T1, T2). Hidden ones are left out before pages are made (T6).
 */
export async function listTools(params: JsonObject, exchange: Exchange, { docket, pins }: ToolListOptions): Promise<RpcAnswer> {
  const { cursor } = params;
  const after = cursor === undefined ? undefined : nameIn(cursor);
  if (cursor !== undefined && after === undefined) return { error: { code: RPC.invalidParams, message: 'Invalid cursor: expected one that this server gave' } };
  const { caller } = exchange;
  try {
    const shown = (await pins.toolsOf(caller.serverId)).filter(isShown);
    const visible = await visibleNames(docket, caller.token.reveal(), shown.map(({ name }) => name));
    const tools = shown.filter(({ name }) => visible.has(name)).toSorted(byName);
    const rest = after === undefined ? tools : tools.filter(({ name }) => name > after);
    const page = rest.slice(0, PAGE_SIZE);
    const last = page.at(-1);
    return {
      result: {
        resultType: 'complete', tools: page.map(({ definition }) => definition), ttlMs: LIST_TTL_MS, cacheScope: 'private',
        ...(last !== undefined && rest.length > PAGE_SIZE && { nextCursor: Buffer.from(`t:${last.name}`).toString('base64url') }),
      },
    };
  } catch {
    return { error: { code: GATEWAY_ERRORS.undecided, message: 'Which tools there are could not be found out just now; try again in a moment' } };
  }
}

/** Which of these the grant may see. Rejects with a DocketError. */
export async function visibleNames(docket: ToolListOptions['docket'], grant: string, names: readonly string[]): Promise<ReadonlySet<string>> {
  const visible = new Set<string>();
  for (let from = 0; from < names.length; from += NAMES_MAX) {
    const { tools } = await docket.listVisibleTools({ grant, names: names.slice(from, from + NAMES_MAX) });
    for (const tool of tools) if (tool.visible) visible.add(tool.name);
  }
  return visible;
}

function nameIn(cursor: unknown): string | undefined {
  if (typeof cursor !== 'string' || !CURSOR.test(cursor)) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString();
  return text.startsWith('t:') ? text.slice(2) : undefined;
}

function byName(a: PinnedTool, b: PinnedTool): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
