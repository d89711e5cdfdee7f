import type { Decide, DecisionCommand } from './model.js';

/** Field names, fixed-size values and the reply's message; generous, since the bound need not be tight. */
const BASE_BYTES = 16_384;
/** A tool has 20 limits at most, all tools together 20 more (policy.md 1). */
const LIMITS_MAX = 40;
/** Of one limit's reading and charge, apart from what the call brings: pointer, counter (twice), window, numbers. */
const LIMIT_BYTES = 6_144;
/** JSON text inside a JSON string. */
const QUOTED_TWICE = 2;

/** Upper bound of the event that a command makes, in bytes, before it is decided. */
export function maxEventBytes(command: DecisionCommand): number {
  switch (command.type) {
    case 'Decide': return decidedBytes(command);
    case 'Settle': return BASE_BYTES + LIMITS_MAX * (LIMIT_BYTES + 1_024 * QUOTED_TWICE * 6);
    case 'GetDecision':
    case 'ListVisibleTools': return 0;
    default: return BASE_BYTES + 6 * (JSON.stringify(command).length);
  }
}

function decidedBytes(command: Decide): number {
  const session = jsonBytes(command.session_id);
  const tool = jsonBytes(command.tool);
  let bytes = BASE_BYTES + tool + session + jsonBytes(command.server_id) + jsonBytes(command.agent) + jsonBytes(command.principal)
    + jsonBytes(command.tool_definition_hash) + jsonBytes(command.logical_call_id) + jsonBytes(command.trace)
    + jsonBytes(command.caller.subject) + jsonBytes(command.content) + command.arguments.sealed.length + command.arguments.hmac.length;
  for (const key of command.arguments.keys) bytes += jsonBytes(key) + 1;
  return bytes + LIMITS_MAX * (LIMIT_BYTES + QUOTED_TWICE * (session + 2 * tool));
}

/** Bytes of a text as a JSON string in UTF-8, at most. */
function jsonBytes(text: string): number {
  let bytes = 2;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A lone surrogate is written as \udXXX; the halves of a pair take 2 bytes each.
    bytes += unit < 32 || (unit >= 0xd800 && unit <= 0xdfff) ? 6 : unit === 34 || unit === 92 ? 2 : unit < 0x80 ? 1 : 3;
  }
  return bytes;
}
