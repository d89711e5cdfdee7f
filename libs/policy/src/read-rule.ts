import type { ExactJson } from './exact-json.js';
import { Fields } from './fields.js';
import {
  APPROVALS_MAX, APPROVAL_TIMEOUT_DEFAULT, type ApprovalRule, CONDITIONS_PER_TOOL_MAX, MESSAGE_LENGTH_MAX, RULES_PER_TOOL_MAX, RULE_ID_LENGTH_MAX, type Rule,
} from './policy.js';
import { child } from './problems.js';
import { readConditions } from './read-condition.js';
import type { Reading } from './reading.js';
import { timeoutMs, timeoutText } from './timeout.js';

const TIMEOUT_EXPECTED = 'a time of 1m to 7d, such as "15m", "2h" or "1d"';

/** A rule of `require` or `deny_if`; undefined if it is none. */
export function readRule(value: ExactJson, pointer: string, reading: Reading): Rule | undefined {
  const fields = Fields.of(value, pointer, reading.problems, 'a rule: {"conditions": [...], "on_deny"}');
  if (fields === undefined) return undefined;
  const conditions = readConditions(fields, reading);
  const on_deny = fields.text('on_deny', MESSAGE_LENGTH_MAX);
  const id = fields.text('id', RULE_ID_LENGTH_MAX);
  return reading.written.place({ id, conditions, on_deny, extensions: fields.finish() }, pointer);
}

/** A rule of `approve_if`; undefined if it is none. */
export function readApprovalRule(value: ExactJson, pointer: string, reading: Reading): ApprovalRule | undefined {
  const fields = Fields.of(value, pointer, reading.problems, 'a rule: {"conditions": [...], "message", "timeout", "approvals"}');
  if (fields === undefined) return undefined;
  const conditions = readConditions(fields, reading);
  const message = fields.text('message', MESSAGE_LENGTH_MAX);
  const id = fields.text('id', RULE_ID_LENGTH_MAX);
  const timeout = fields.getOr('timeout', APPROVAL_TIMEOUT_DEFAULT);
  const ms = typeof timeout === 'string' ? timeoutMs(timeout) : undefined;
  if (ms === undefined) fields.wrong('timeout', TIMEOUT_EXPECTED);
  const approvals = fields.getOr('approvals', 1);
  const counts = typeof approvals === 'number' && approvals >= 1 && approvals <= APPROVALS_MAX;
  if (!counts) fields.wrong('approvals', `how many different people must approve: an integer from 1 to ${APPROVALS_MAX}`);
  const extensions = fields.finish();
  if (ms === undefined || !counts) return undefined;
  return reading.written.place({ id, conditions, message, timeout: timeoutText(ms), timeoutMs: ms, approvals, extensions }, pointer);
}

/** What a tool without conditions says: `action`. */
export function approvalRule(message: string | undefined): ApprovalRule {
  const ms = timeoutMs(APPROVAL_TIMEOUT_DEFAULT) as number;
  return { id: undefined, conditions: [], message, timeout: APPROVAL_TIMEOUT_DEFAULT, timeoutMs: ms, approvals: 1, extensions: new Map() };
}

/** The rules of one list. */
export function readRules<T>(fields: Fields, key: string, reading: Reading, read: (value: ExactJson, pointer: string, reading: Reading) => T | undefined): T[] {
  return fields.list(key, 'a list of rules').map((value, i) => read(value, child(fields.at(key), i), reading)).filter((rule) => rule !== undefined);
}

/** Bounds what a call can cost: a tool's rules and their conditions. */
export function checkRuleCounts(lists: readonly { readonly pointer: string; readonly rules: readonly { readonly conditions: readonly unknown[] }[] }[], { problems }: Reading): void {
  let rules = 0;
  let conditions = 0;
  for (const list of lists) {
    const before = { rules, conditions };
    rules += list.rules.length;
    for (const rule of list.rules) conditions += rule.conditions.length;
    if (rules > RULES_PER_TOOL_MAX && before.rules <= RULES_PER_TOOL_MAX) {
      problems.add(list.pointer, `${rules} rules in this tool`, `at most ${RULES_PER_TOOL_MAX} rules a tool, of all kinds together`);
    }
    if (conditions > CONDITIONS_PER_TOOL_MAX && before.conditions <= CONDITIONS_PER_TOOL_MAX) {
      problems.add(list.pointer, `${conditions} conditions in this tool`, `at most ${CONDITIONS_PER_TOOL_MAX} conditions a tool`);
    }
  }
}
