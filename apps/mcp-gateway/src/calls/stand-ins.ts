import { isObject, type Json, type JsonObject } from '#mcp';
import type { AgentTokens } from './agent-tokens.js';
import { STAND_IN } from './agent-tokens.js';

/** As many different ones as anybody passes in one call. */
const STAND_INS_MAX = 4;

/**
 * Arguments with tokens in the place of stand-ins, wherever a whole string is one of this connection. They are judged and recorded as they
 * came; only what goes upstream is changed. Rejects with a DocketError if one is not good for this grant.
 */
export async function withTokens(args: JsonObject, tokens: AgentTokens, connection: string, grantId: string): Promise<JsonObject> {
  const found = new Set<string>();
  collect(args, connection, found);
  if (found.size === 0) return args;
  const replaced = new Map<string, string>();
  for (const standIn of [...found].slice(0, STAND_INS_MAX)) replaced.set(standIn, (await tokens.behind(standIn, connection, grantId)).reveal());
  return replacedIn(args, replaced) as JsonObject;
}

function collect(value: Json | undefined, connection: string, found: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith('si_') && STAND_IN.exec(value)?.[1] === connection) found.add(value);
  } else if (Array.isArray(value)) value.forEach((item) => collect(item as Json, connection, found));
  else if (isObject(value)) Object.values(value).forEach((member) => collect(member, connection, found));
}

function replacedIn(value: Json, replaced: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return replaced.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => replacedIn(item as Json, replaced));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replacedIn(member as Json, replaced)]));
}
