import type { ExactJson } from './exact-json.js';
import { Fields } from './fields.js';
import { isGlob } from './glob.js';
import {
  type AllTools, type Rule, LIMITS_PER_TOOL_MAX, type Limit, MESSAGE_LENGTH_MAX, PER_TOOL_COUNTER, RULES_PER_TOOL_MAX,
  RULE_ID_LENGTH_MAX, type ToolPolicy,
} from './policy.js';
import { type Problems, child, describe } from './problems.js';
import { readLimit, readRateLimit } from './read-limit.js';

/** A limit and where it stands in the document as it was written. */
export interface WrittenLimit {
  readonly limit: Limit;
  readonly pointer: string;
}

const LATER_RULES = ['require', 'approve_if'];
/** PolicyLayer Intercept's spelling of rules and counters. */
const INTERCEPT_KEYS = ['rules', 'state'];

/** One entry under `tools`; appends its limits to `written`. */
export function readTool(name: string, value: ExactJson, pointer: string, problems: Problems, written: WrittenLimit[]): ToolPolicy | undefined {
  const fields = Fields.of(value, pointer, problems, 'a tool: {} or an object of rules and limits');
  if (fields === undefined) return undefined;
  const limits = readLimits(fields, written);
  const rate = readRateLimit(fields, isGlob(name) ? PER_TOOL_COUNTER : `rate_limit:${name}`);
  if (rate !== undefined) {
    limits.push(rate);
    written.push({ limit: rate, pointer: fields.at('rate_limit') });
    if (limits.length > LIMITS_PER_TOOL_MAX) {
      problems.add(fields.at('rate_limit'), `${limits.length} limits, this one included`, `at most ${LIMITS_PER_TOOL_MAX} limits a tool`);
    }
  }
  fields.notSupported(LATER_RULES, '`deny_if` with `conditions: []`, or limits');
  fields.notSupported(INTERCEPT_KEYS, 'the keys of a policy.json');
  const rules = fields.list('deny_if', 'a list of rules');
  if (rules.length > RULES_PER_TOOL_MAX) problems.add(fields.at('deny_if'), describe(rules), `at most ${RULES_PER_TOOL_MAX} rules a tool`);
  const denyIf = rules.map((rule, i) => readRule(rule, child(fields.at('deny_if'), i), problems));
  const action = readAction(fields);
  const extensions = fields.finish();
  return { require: [], approve_if: [], deny_if: [...denyIf, action].filter((rule) => rule !== undefined), limits, extensions };
}

/** `all_tools`: limits over every call. */
export function readAllTools(value: ExactJson, pointer: string, problems: Problems, written: WrittenLimit[]): AllTools | undefined {
  const fields = Fields.of(value, pointer, problems, 'an object: {"limits": [...]}');
  if (fields === undefined) return undefined;
  const limits = readLimits(fields, written);
  return { limits, extensions: fields.finish() };
}

function readLimits(fields: Fields, written: WrittenLimit[]): Limit[] {
  const values = fields.list('limits', 'a list of limits');
  if (values.length > LIMITS_PER_TOOL_MAX) {
    fields.problems.add(fields.at('limits'), describe(values), `at most ${LIMITS_PER_TOOL_MAX} limits a tool`);
  }
  const limits: Limit[] = [];
  values.forEach((value, i) => {
    const pointer = child(fields.at('limits'), i);
    const limit = readLimit(value, pointer, fields.problems);
    if (limit === undefined) return;
    limits.push(limit);
    written.push({ limit, pointer });
  });
  return limits;
}

function readRule(value: ExactJson, pointer: string, problems: Problems): Rule | undefined {
  const fields = Fields.of(value, pointer, problems, 'a rule: {"conditions": [], "on_deny"}');
  if (fields === undefined) return undefined;
  const conditions = fields.get('conditions');
  if (!Array.isArray(conditions)) fields.wrong('conditions', 'a list of conditions');
  else if (conditions.length > 0) {
    problems.notSupported(fields.at('conditions'), '`deny_if` with conditions is', describe(conditions), '[], which always holds');
  }
  const on_deny = fields.text('on_deny', MESSAGE_LENGTH_MAX);
  const id = fields.text('id', RULE_ID_LENGTH_MAX);
  return { id, conditions: [], on_deny, extensions: fields.finish() };
}

/** `action` is sugar: `allow` adds nothing, `deny` adds a rule that always holds. It stands beside no other rules. */
function readAction(fields: Fields): Rule | undefined {
  const reason = fields.text('reason', MESSAGE_LENGTH_MAX);
  const value = fields.get('action');
  if (value === undefined) {
    if (fields.get('reason') !== undefined) fields.problems.add(fields.at('reason'), 'a `reason` without an `action`', '"action": "deny" beside it');
    return undefined;
  }
  if (value === 'require_approval') {
    fields.problems.notSupported(fields.at('action'), '`action: require_approval` is', describe(value), '"allow" or "deny"');
    return undefined;
  }
  const action = fields.choice('action', ['allow', 'deny'] as const);
  if (fields.get('deny_if') !== undefined) {
    fields.problems.add(fields.at('action'), '`action` beside `deny_if`', '`action` beside `limits` and `rate_limit` only');
  }
  if (action === 'allow' && reason !== undefined) fields.problems.warn(fields.at('reason'), 'the reason of `action: allow` is not used');
  return action === 'deny' ? { id: undefined, conditions: [], on_deny: reason, extensions: new Map() } : undefined;
}
