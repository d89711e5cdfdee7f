import { AMOUNT_DECIMALS_MAX, LIMITS_PER_TOOL_MAX, LIMIT_NAMES_BYTES_MAX, MESSAGE_LENGTH_MAX } from '#policy';
import { APPROVERS_MAX } from './approvals.js';
import type { AskedLimit, Decide, DecisionCommand, ScopeAnswer } from './model.js';

/** At most, of one UTF-16 unit of printable text in a JSON string. */
const UNIT_BYTES = 3;
/** Field names, hashes, ids, the rule's pointer, and the message for the agent. */
const BASE_BYTES = 3_072 + UNIT_BYTES * MESSAGE_LENGTH_MAX;
/** What the event says of an approval: its id, field names, and the rule's pointer once more. */
const APPROVAL_BYTES = 1_280;
/** A tool's limits and those of all tools. */
const LIMITS_MAX = 2 * LIMITS_PER_TOOL_MAX;
/** An exact amount or sum of amounts: its digits before and after the point. */
const AMOUNT_BYTES = 40 + AMOUNT_DECIMALS_MAX;
/** Of one limit's reading and its charge, apart from names: field names, four amounts, times, grant id, server id. */
const LIMIT_BYTES = 576 + 4 * AMOUNT_BYTES;
const LIMITS_BYTES = LIMITS_MAX * LIMIT_BYTES + LIMIT_NAMES_BYTES_MAX;
/** What is quoted in a counter's identity, which is a JSON text, is quoted again in the event. */
const QUOTED_TWICE = 2;
/** Longest session id, agent, tool name and subject of callers, and the most that one of their units takes there. */
const CALLER_NAME_LENGTH_MAX = 256;
const QUOTED_TWICE_UNIT_BYTES = 7;
/** The subjects of others who have approved; a subject is as long as a caller's name at most. */
const APPROVERS_BYTES = APPROVERS_MAX * 6 * CALLER_NAME_LENGTH_MAX;
/** What a settled call named and its settlement does not: the session or agent once a limit, the tool up to twice more. */
const SETTLED_NAMES_BYTES = LIMITS_MAX * 3 * CALLER_NAME_LENGTH_MAX * QUOTED_TWICE_UNIT_BYTES;

/** Upper bound of the event that a command makes, in bytes, before it is decided. */
export function maxEventBytes(command: DecisionCommand): number {
  switch (command.type) {
    case 'Decide': return decidedBytes(command);
    case 'Settle': return BASE_BYTES + LIMITS_BYTES + SETTLED_NAMES_BYTES + jsonBytes(command.caller.subject);
    case 'GetDecision':
    case 'GetApproval':
    case 'ReadQuota':
    case 'ListVisibleTools': return 0;
    case 'ResolveApproval': return BASE_BYTES + APPROVERS_BYTES + jsonBytes(command.caller.subject) + jsonBytes(command.comment);
    case 'SetGrant': return BASE_BYTES + jsonBytes(command.organisation) + jsonBytes(command.server_id) + jsonBytes(command.policy_id) + jsonBytes(command.secret_hash);
    case 'SetPolicyVersion': return BASE_BYTES + jsonBytes(command.organisation) + jsonBytes(command.policy_id) + jsonBytes(command.version);
    case 'Reserve': return BASE_BYTES + jsonBytes(command.key) + jsonBytes(command.content) + jsonBytes(command.server_id) + jsonBytes(command.tool)
      + jsonBytes(command.agent) + jsonBytes(command.actor) + limitsBytes(command.limits);
    // Its limits and their names are those of a settled call.
    case 'Release': return BASE_BYTES + LIMITS_BYTES + SETTLED_NAMES_BYTES + jsonBytes(command.key) + jsonBytes(command.actor);
    case 'Abort': return BASE_BYTES + jsonBytes(command.actor);
  }
}

function decidedBytes(command: Decide): number {
  const session = jsonBytes(command.session_id);
  const agent = jsonBytes(command.agent);
  const tool = jsonBytes(command.tool);
  let bytes = BASE_BYTES + APPROVAL_BYTES + LIMITS_BYTES + tool + session
    + agent + jsonBytes(command.principal) + jsonBytes(command.tool_definition_hash) + jsonBytes(command.logical_call_id)
    + jsonBytes(command.trace) + jsonBytes(command.caller.subject) + jsonBytes(command.content)
    + command.arguments.sealed.length + command.arguments.hmac.length;
  for (const key of command.arguments.keys) bytes += jsonBytes(key) + 1;
  // A session's counter names the session, an agent's the agent; one that counts per tool names the tool called, in its reading as well.
  if (command.scoped !== undefined) bytes += scopedBytes(command.scoped);
  return bytes + LIMITS_MAX * (QUOTED_TWICE * Math.max(session, agent) + (1 + QUOTED_TWICE) * tool);
}

/** What the event repeats of wider scopes' answers. */
function scopedBytes(answers: readonly ScopeAnswer[]): number {
  let bytes = 16;
  for (const { key, limits } of answers) bytes += 128 + jsonBytes(key) + limitsBytes(limits);
  return bytes;
}

function limitsBytes(limits: readonly AskedLimit[]): number {
  let bytes = 0;
  for (const { rule, name, counter } of limits) bytes += LIMIT_BYTES + jsonBytes(rule) + jsonBytes(name) + jsonBytes(counter);
  return bytes;
}

/** Bytes of a text as a JSON string in UTF-8, at most. */
function jsonBytes(text: string): number {
  let bytes = 2;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A lone surrogate is written as \udXXX; each half of a pair takes two bytes.
    if (unit < 32 || (unit >= 0xd800 && unit <= 0xdfff)) bytes += 6;
    else if (unit === 34 || unit === 92) bytes += 2;
    else bytes += unit < 0x80 ? 1 : 3;
  }
  return bytes;
}
