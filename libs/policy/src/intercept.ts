import type { ExactJson } from './exact-json.js';
import { Fields, isName } from './fields.js';
import { isGlob } from './glob.js';
import { Counters, GLOBAL, type RateLimit, maxOf, readRateLimit, readState } from './intercept-limits.js';
import {
  CONDITIONS_PER_RULE_MAX, type Condition, type Extensions, LIMITS_PER_TOOL_MAX, type Limit, MESSAGE_LENGTH_MAX, type Policy, RULE_ID_LENGTH_MAX, type Rule,
  TOOLS_MAX, TOOL_NAME_LENGTH_MAX, type ToolPolicy,
} from './policy.js';
import { child, describe } from './problems.js';
import { readCondition } from './read-condition.js';
import { readHide } from './read-hide.js';
import { checkRuleCounts } from './read-rule.js';
import type { Reading } from './reading.js';

/** What one tool's rules come to. */
interface Rules {
  readonly require: Rule[];
  readonly deny_if: Rule[];
  readonly limits: Limit[];
  readonly extensions: Extensions;
}

interface WrittenTool {
  readonly rules: readonly WrittenRule[];
  readonly extensions: Extensions;
}

interface WrittenRule {
  readonly fields: Fields;
  /** Tool, or GLOBAL: whose counters it means. */
  readonly scope: string;
  /** Its `rate_limit`; undefined if there is none or it was reported. */
  readonly rate: RateLimit | undefined;
}

/**
 * PolicyLayer Intercept's YAML (policy.md 5), read into the one internal form. Its conditions say what must hold for a
 * call to pass, so they become `require`; those on counters become limits. Problems address the document as it was written.
 */
export function readIntercept(document: ExactJson, reading: Reading): Policy | undefined {
  const { problems } = reading;
  const fields = Fields.of(document, '', problems, 'an Intercept policy: version, default, hide, tools');
  if (fields === undefined) return undefined;
  // YAML's 1 and "1" are one version to Intercept.
  const version = fields.get('version') === 1 ? '1' : fields.choice('version', ['1'] as const);
  const otherwise = fields.choice('default', ['allow', 'deny'] as const, 'allow');
  if (fields.get('default') === undefined) {
    problems.warn('', 'read as Intercept YAML: there is no `default`, so every tool that is not named is allowed. Write `default: deny` to allow only those that are');
  }
  const hide = readHide(fields);
  const description = fields.get('description');
  const written = readWritten(fields, reading);
  const extensions = new Map(fields.finish());
  // Extensions are the author's own and kept as they are, so the description has a place there.
  if (typeof description === 'string' && !extensions.has('x-description')) extensions.set('x-description', description);

  const counters = new Counters(reading);
  for (const { rules } of written.values()) for (const rule of rules) defineCounters(rule, counters, reading);
  const read = new Map([...written].map(([name, tool]) => [name, readRules(tool, counters, reading)]));
  counters.warnOfUnlimited();
  warnOfAssumptions(read, problems);
  const assembled = assemble(read, otherwise ?? 'deny', reading);
  return version === undefined || otherwise === undefined ? undefined : { version, default: otherwise, hide, ...assembled, extensions };
}

function scopeOf(tool: string): string {
  return tool === '*' ? GLOBAL : tool;
}

/** The rules of each tool, as they stand in the document. */
function readWritten(fields: Fields, { problems }: Reading): Map<string, WrittenTool> {
  const tools = new Map<string, WrittenTool>();
  const value = fields.get('tools');
  if (!(value instanceof Map)) {
    fields.wrong('tools', 'tool names and their rules');
    return tools;
  }
  if (value.size > TOOLS_MAX) problems.add(fields.at('tools'), `${value.size} tools`, `at most ${TOOLS_MAX} tools`);
  for (const [name, entry] of value as ReadonlyMap<string, ExactJson>) {
    const pointer = child(fields.at('tools'), name);
    if (!isName(name, TOOL_NAME_LENGTH_MAX)) problems.add(pointer, `the name ${describe(name)}`, `a tool name of 1 to ${TOOL_NAME_LENGTH_MAX} printable characters`);
    if (isGlob(name) && name !== '*') problems.add(pointer, `the glob ${describe(name)}`, 'an exact tool name or "*": Intercept has no other globs, a policy.json has');
    // YAML's `read_file:` with nothing behind it is how a tool without rules is often written.
    const tool = Fields.of(entry ?? new Map(), pointer, problems, 'a tool: rules');
    if (tool === undefined) continue;
    tool.foreign(['limits', 'require', 'deny_if', 'approve_if'], 'a key of a policy.json', '"rules"; a policy.json is written in JSON');
    const rules = tool.get('rules') === null ? [] : tool.list('rules', 'a list of rules');
    const written = rules.flatMap((rule, i) => {
      const inside = Fields.of(rule, child(tool.at('rules'), i), problems, 'a rule: name, action, conditions, on_deny, state, rate_limit');
      return inside === undefined ? [] : [{ fields: inside, scope: scopeOf(name), rate: readRateLimit(inside, scopeOf(name)) }];
    });
    tools.set(name, { rules: written, extensions: tool.finish() });
  }
  return tools;
}

/** All of them before any condition is read, since a condition may name a counter of a later rule. */
function defineCounters({ fields, scope, rate }: WrittenRule, counters: Counters, reading: Reading): void {
  if (rate !== undefined) counters.define(rate.counter);
  const state = readState(fields, scope, reading);
  if (state === undefined) return;
  if (scope === GLOBAL && state.increment_from !== undefined) {
    reading.problems.add(child(state.pointer, 'increment_from'), describe(state.increment_from), 'no `increment_from` for all tools; put the rule on the tools that have the argument');
  }
  counters.define(state);
}

function readRules({ rules, extensions }: WrittenTool, counters: Counters, reading: Reading): Rules {
  const into: Rules = { require: [], deny_if: [], limits: [], extensions };
  for (const rule of rules) readRule(rule, into, counters, reading);
  return into;
}

function readRule({ fields, scope, rate }: WrittenRule, into: Rules, counters: Counters, reading: Reading): void {
  const { problems, written } = reading;
  const id = fields.text('name', RULE_ID_LENGTH_MAX);
  const on_deny = fields.text('on_deny', MESSAGE_LENGTH_MAX);
  const action = fields.choice('action', ['evaluate', 'deny'] as const, 'evaluate');
  const conditions = fields.list('conditions', 'a list of conditions');
  const denies = action === 'deny';
  const beside = ['conditions', 'state', 'rate_limit'].filter((key) => fields.get(key) !== undefined);
  const extensions = fields.finish();
  if (denies && beside.length > 0 && !(beside.join() === 'conditions' && conditions.length === 0)) {
    problems.add(fields.at(beside[0] as string), `\`${beside[0]}\` beside \`action: deny\``, 'a rule that denies always, or the conditions that must hold');
    return;
  }
  if (denies) {
    into.deny_if.push(written.place({ id, conditions: [], on_deny, extensions }, fields.pointer));
    return;
  }
  if (beside.includes('rate_limit') && beside.length > 1) {
    problems.add(fields.at('rate_limit'), `\`rate_limit\` beside \`${beside[0]}\``, 'either of them; write another rule');
    return;
  }
  if (rate !== undefined) {
    const limit = counters.limit(rate.counter, rate.max, fields.at('rate_limit'));
    if (limit !== undefined) into.limits.push(limit);
    return;
  }
  if (beside.includes('rate_limit')) return;
  if (conditions.length === 0 || conditions.length > CONDITIONS_PER_RULE_MAX) {
    problems.add(fields.at('conditions'), describe(conditions), `1 to ${CONDITIONS_PER_RULE_MAX} conditions; or "action: deny", or "rate_limit"`);
    return;
  }
  const required: Condition[] = [];
  conditions.forEach((value, i) => {
    const pointer = child(fields.at('conditions'), i);
    const path = value instanceof Map ? value.get('path') : undefined;
    if (typeof path === 'string' && path.startsWith('state.')) {
      const limit = readStateCondition(value as ReadonlyMap<string, ExactJson>, path, pointer, scope, counters, reading);
      if (limit !== undefined) into.limits.push(limit);
    } else {
      const condition = readCondition(value, pointer, reading);
      if (condition !== undefined) required.push(condition);
    }
  });
  if (required.length > 0) into.require.push(written.place({ id, conditions: required, on_deny, extensions }, fields.pointer));
}

/** `state.<tool>.<counter> lte N`: a limit. A tool's rules may test its own counters and those of all tools. */
function readStateCondition(
  value: ReadonlyMap<string, ExactJson>, path: string, pointer: string, scope: string, counters: Counters, reading: Reading,
): Limit | undefined {
  const fields = Fields.of(value, pointer, reading.problems, 'a condition') as Fields;
  fields.get('path');
  const op = fields.choice('op', ['lte', 'lt'] as const);
  const bound = fields.get('value');
  fields.finish();
  const own = [scope, GLOBAL].find((one) => path.startsWith(`state.${one}.`));
  const counter = own === undefined ? undefined : counters.find(own, path.slice(`state.${own}.`.length));
  if (counter === undefined) {
    return fields.wrong('path', own === undefined
      ? `a counter of this tool (state.${scope}.<counter>) or of all tools (state.${GLOBAL}.<counter>): a call adds to no other`
      : 'a counter that a `state` of this tool defines');
  }
  if (op === undefined) return undefined;
  const max = maxOf(op, bound ?? null, counter);
  if (max === undefined) fields.wrong('value', counter.increment_from === undefined ? 'an integer that lets at least none pass, at most 10^15' : 'a number from 0 (`lt`: 1) to 10^15');
  return counters.limit(counter, max, pointer);
}

/** Rules of `"*"` hold for every tool: its limits count all calls together, its other rules are appended to each. */
function assemble(read: ReadonlyMap<string, Rules>, otherwise: 'allow' | 'deny', reading: Reading): Pick<Policy, 'all_tools' | 'tools'> {
  const { problems, written } = reading;
  const everywhere = read.get('*') ?? { require: [], deny_if: [], limits: [], extensions: new Map() };
  const tools = new Map<string, ToolPolicy>();
  for (const [name, rules] of read) {
    const pointer = child('/tools', name);
    const appended = name === '*' ? rules : { ...rules, require: [...rules.require, ...everywhere.require], deny_if: [...rules.deny_if, ...everywhere.deny_if] };
    const limits = name === '*' ? [] : rules.limits;
    if (rules.limits.length > LIMITS_PER_TOOL_MAX) problems.add(pointer, `${rules.limits.length} limits`, `at most ${LIMITS_PER_TOOL_MAX} limits a tool`);
    checkRuleCounts([{ pointer, rules: [...appended.require, ...appended.deny_if] }], reading);
    // A tool that is not listed is denied by `default: deny`; where it is allowed, the rules of "*" hold for it as well.
    if (name === '*' && (otherwise === 'deny' || rules.require.length + rules.deny_if.length === 0)) continue;
    tools.set(name, written.place({ ...appended, approve_if: [], limits }, pointer));
  }
  return { all_tools: { limits: everywhere.limits, extensions: new Map() }, tools };
}

/** What a reader of the result should know; once for the document, since it holds for all of it. */
function warnOfAssumptions(read: ReadonlyMap<string, Rules>, problems: Reading['problems']): void {
  const rules = [...read.values()];
  if (rules.some(({ limits }) => limits.length > 0)) {
    problems.warn('', 'read as Intercept YAML: its counters belong to nobody, so each counts for every grant by itself (scope `grant`), under the name that its path gives it; the `on_deny` of a limit is not kept, and a failed call is charged (Intercept gives it back) unless the limit says `"refund": ["not_sent", "failed"]`');
  }
  if (rules.some(({ require }) => require.length > 0)) {
    problems.warn('', 'read as Intercept YAML: values compare by type, so 5 is not "5" and a number in quotes passes no bound, where Intercept converts texts to numbers');
  }
}
