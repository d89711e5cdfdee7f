import { canonicalJson } from './canonical-json.js';
import type { ExactJson } from './exact-json.js';
import { APPROVAL_TIMEOUT_DEFAULT, type ApprovalRule, type Condition, type Extensions, type Limit, type Policy, type Rule, type ToolPolicy } from './policy.js';

/**
 * The normalised document as canonical JSON; its SHA-256 is the policy's version. What a document need not say is left
 * out (except a limit's scope), so that a field added to the language later does not change the version of a document without it.
 */
export function canonicalPolicyText(policy: Policy): string {
  return canonicalJson(toJson(policy));
}

function toJson(policy: Policy): ExactJson {
  const { all_tools: all } = policy;
  return object(policy.extensions, {
    version: policy.version,
    default: policy.default,
    hide: present(policy.hide),
    all_tools: all.limits.length + all.extensions.size > 0 ? object(all.extensions, { limits: present(all.limits.map(limitJson)) }) : undefined,
    tools: new Map([...policy.tools].map(([name, tool]) => [name, toolJson(tool)])),
  });
}

function toolJson(tool: ToolPolicy): ExactJson {
  return object(tool.extensions, {
    require: present(tool.require.map(ruleJson)),
    deny_if: present(tool.deny_if.map(ruleJson)),
    approve_if: present(tool.approve_if.map(approvalJson)),
    limits: present(tool.limits.map(limitJson)),
  });
}

function ruleJson(rule: Rule): ExactJson {
  return object(rule.extensions, { conditions: rule.conditions.map(conditionJson), on_deny: rule.on_deny, id: rule.id });
}

function approvalJson(rule: ApprovalRule): ExactJson {
  return object(rule.extensions, {
    conditions: rule.conditions.map(conditionJson),
    message: rule.message,
    id: rule.id,
    timeout: rule.timeout === APPROVAL_TIMEOUT_DEFAULT ? undefined : rule.timeout,
    approvals: rule.approvals === 1 ? undefined : rule.approvals,
  });
}

function conditionJson({ path, op, value, extensions }: Condition): ExactJson {
  return object(extensions, { path, op, value });
}

function limitJson(limit: Limit): ExactJson {
  return object(limit.extensions, {
    counter: limit.counter,
    window: typeof limit.window === 'string' ? limit.window : new Map([['seconds', limit.window.seconds]]),
    sliding: limit.sliding ? true : undefined,
    max: limit.max,
    increment_from: limit.increment_from,
    scope: limit.scope,
    refund: limit.refund.length > 1 ? limit.refund : undefined,
  });
}

function present(list: readonly ExactJson[]): readonly ExactJson[] | undefined {
  return list.length > 0 ? list : undefined;
}

function object(extensions: Extensions, fields: Readonly<Record<string, ExactJson | undefined>>): ExactJson {
  const members = new Map(extensions);
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) members.set(key, value);
  return members;
}
