import type { ExactJson } from './exact-json.js';
import { Fields } from './fields.js';
import { isGlob } from './glob.js';
import { type AllTools, LIMITS_PER_TOOL_MAX, type Limit, MESSAGE_LENGTH_MAX, PER_TOOL_COUNTER, type ToolPolicy } from './policy.js';
import { child, describe } from './problems.js';
import { readLimit, readRateLimit } from './read-limit.js';
import { approvalRule, checkRuleCounts, readApprovalRule, readRule, readRules } from './read-rule.js';
import type { Reading } from './reading.js';

const RULES = ['require', 'deny_if', 'approve_if'] as const;
/** PolicyLayer Intercept's spelling of rules and counters. */
const INTERCEPT_KEYS = ['rules', 'state'];

/** One entry under `tools`; undefined if it is none. */
export function readTool(name: string, value: ExactJson, pointer: string, reading: Reading): ToolPolicy | undefined {
  const { problems, written } = reading;
  const fields = Fields.of(value, pointer, problems, 'a tool: {} or an object of rules and limits');
  if (fields === undefined) return undefined;
  const limits = readLimits(fields, reading, true);
  const rate = readRateLimit(fields, isGlob(name) ? PER_TOOL_COUNTER : `rate_limit:${name}`);
  if (rate !== undefined) {
    limits.push(written.limit(rate, fields.at('rate_limit')));
    if (limits.length > LIMITS_PER_TOOL_MAX) {
      problems.add(fields.at('rate_limit'), `${limits.length} limits, this one included`, `at most ${LIMITS_PER_TOOL_MAX} limits a tool`);
    }
  }
  fields.foreign(INTERCEPT_KEYS, 'a key of Intercept YAML', 'the keys of a policy.json: "require", "deny_if", "limits"');
  const require = readRules(fields, 'require', reading, readRule);
  const deny_if = readRules(fields, 'deny_if', reading, readRule);
  const approve_if = readRules(fields, 'approve_if', reading, readApprovalRule);
  const action = readAction(fields, reading);
  if (action.denies !== undefined) deny_if.push(action.denies);
  if (action.asks !== undefined) approve_if.push(action.asks);
  const extensions = fields.finish();
  checkRuleCounts([
    { pointer: fields.at('require'), rules: require }, { pointer: fields.at('deny_if'), rules: deny_if }, { pointer: fields.at('approve_if'), rules: approve_if },
  ], reading);
  return written.place({ require, deny_if, approve_if, limits, extensions }, pointer);
}

/** `all_tools`: limits over every call. */
export function readAllTools(value: ExactJson, pointer: string, reading: Reading): AllTools | undefined {
  const fields = Fields.of(value, pointer, reading.problems, 'an object: {"limits": [...]}');
  if (fields === undefined) return undefined;
  const limits = readLimits(fields, reading, false);
  return { limits, extensions: fields.finish() };
}

function readLimits(fields: Fields, { problems, written }: Reading, amounts: boolean): Limit[] {
  const values = fields.list('limits', 'a list of limits');
  if (values.length > LIMITS_PER_TOOL_MAX) problems.add(fields.at('limits'), describe(values), `at most ${LIMITS_PER_TOOL_MAX} limits a tool`);
  const limits: Limit[] = [];
  values.forEach((value, i) => {
    const pointer = child(fields.at('limits'), i);
    const limit = readLimit(value, pointer, problems, amounts);
    if (limit !== undefined) limits.push(written.limit(limit, pointer));
  });
  return limits;
}

/** `action` is sugar: `allow` adds nothing, the others add a rule that always holds. It stands beside no other rules. */
function readAction(fields: Fields, { problems, written }: Reading): { denies?: ToolPolicy['deny_if'][number]; asks?: ToolPolicy['approve_if'][number] } {
  const reason = fields.text('reason', MESSAGE_LENGTH_MAX);
  if (fields.get('action') === undefined) {
    if (fields.get('reason') !== undefined) problems.add(fields.at('reason'), 'a `reason` without an `action`', '"action": "deny" or "require_approval" beside it');
    return {};
  }
  const action = fields.choice('action', ['allow', 'deny', 'require_approval'] as const);
  for (const key of RULES) {
    if (fields.get(key) !== undefined) problems.add(fields.at('action'), `\`action\` beside \`${key}\``, '`action` beside `limits` and `rate_limit` only');
  }
  const pointer = fields.at('action');
  if (action === 'deny') return { denies: written.place({ id: undefined, conditions: [], on_deny: reason, extensions: new Map() }, pointer) };
  if (action === 'require_approval') return { asks: written.place(approvalRule(reason), pointer) };
  if (reason !== undefined) problems.warn(fields.at('reason'), 'the reason of `action: allow` is not used');
  return {};
}
