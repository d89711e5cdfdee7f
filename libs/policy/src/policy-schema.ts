import { z } from 'zod';
import {
  APPROVALS_MAX, CALENDAR_WINDOWS, CONDITIONS_PER_RULE_MAX, COUNTER_LENGTH_MAX, LIMITS_PER_TOOL_MAX, LIMIT_MAX, LIMIT_SCOPES, MESSAGE_LENGTH_MAX, REFUND_OUTCOMES,
  RULES_PER_TOOL_MAX, RULE_ID_LENGTH_MAX, TOOLS_MAX, TOOL_NAME_LENGTH_MAX, VALUES_MAX, WINDOW_SECONDS_MAX,
} from './policy.js';
import { PATH_LENGTH_MAX } from './path.js';
import { PATTERN_LENGTH_MAX } from './pattern.js';

/**
 * The JSON form of policies for editors: what it refuses parsePolicy refuses, what parsePolicy accepts it accepts. It says
 * less than parsePolicy does, which alone knows patterns, counters and numbers beyond a double's precision.
 */
const NAME = /^[^\u0000-\u001f\u007f]+$/;
const TEXT = /^[^\u0000-\u0008\u000b-\u001f\u007f]+$/;

/** An object of these keys, and of the author's own, which begin with `x-`. */
function object<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$loose> {
  return z.looseObject(shape).superRefine((value, context) => {
    for (const key of Object.keys(value)) if (!(key in shape) && !key.startsWith('x-')) context.addIssue({ code: 'unrecognized_keys', keys: [key], input: value });
  });
}

const name = (max: number): z.ZodString => z.string().min(1).max(max).regex(NAME);
const message = z.string().min(1).max(MESSAGE_LENGTH_MAX).regex(TEXT);
const id = z.string().min(1).max(RULE_ID_LENGTH_MAX).regex(TEXT).describe('A name of your own for this rule.');

const path = z.string().max(PATH_LENGTH_MAX).regex(/^args(\.[^.\u0000-\u001f\u007f]+)+$/)
  .describe('Where the argument is: args.amount, args.items.0.price, args.items.*.price (every element for require, any for deny_if and approve_if).').meta({ id: 'path' });
const anything = z.unknown();

function condition<Op extends z.ZodType, Value extends z.ZodType>(op: Op, value: Value): z.ZodObject<{ path: typeof path; op: Op; value: Value }, z.core.$loose> {
  return object({ path, op, value });
}

const conditions = z.array(z.union([
  condition(z.enum(['eq', 'neq', 'contains']), anything.describe('eq, neq: the same JSON value, types included. contains: part of a text, or an element of a list.')),
  condition(z.enum(['lt', 'lte', 'gt', 'gte']), z.number().describe('Compared exactly. A number in quotes is of the wrong type.')),
  condition(z.enum(['in', 'not_in']), z.array(anything).max(VALUES_MAX)),
  condition(z.literal('exists'), z.boolean().describe('true: is there. false: is not there, or null.')),
  condition(z.literal('regex'), z.string().max(PATTERN_LENGTH_MAX).describe('RE2 syntax, unanchored: begin with ^ and end with $ to match the whole text.')),
])).max(CONDITIONS_PER_RULE_MAX).describe('All must hold. [] always holds.').meta({ id: 'conditions' });

const rule = object({ conditions, on_deny: message.describe('What the agent is told.').optional(), id: id.optional() }).meta({ id: 'rule' });
const rules = z.array(rule).max(RULES_PER_TOOL_MAX);
const approvalRule = object({
  conditions,
  message: message.describe('What the agent and the approvers are told.').optional(),
  id: id.optional(),
  timeout: z.string().regex(/^[1-9][0-9]{0,5}[smhd]$/).describe('How long an approval may take and be used: 1m to 7d, 15m by default.').optional(),
  approvals: z.int().min(1).max(APPROVALS_MAX).describe('How many different people must approve; 1 by default.').optional(),
}).meta({ id: 'approval_rule' });

const window = z.union([z.enum(CALENDAR_WINDOWS), z.strictObject({ seconds: z.int().min(1).max(WINDOW_SECONDS_MAX) })])
  .describe('Fixed, aligned to UTC, unless sliding is true.').meta({ id: 'window' });
const limitShape = {
  counter: name(COUNTER_LENGTH_MAX).describe('Limits of the same counter, window and scope count together, whichever tool they are on.'),
  window,
  sliding: z.boolean().describe('true: exactly the last window, instead of the present one of the calendar.').optional(),
  scope: z.enum(LIMIT_SCOPES).describe('Whose calls count together: of the grant (default), of its session, of its agent, of all grants for the server, or of all grants of the organisation.').optional(),
  refund: z.array(z.enum(REFUND_OUTCOMES)).min(1).describe('Which outcomes give quota back; ["not_sent"] by default.').optional(),
};
const allToolsLimit = object({ ...limitShape, max: z.int().min(0).max(LIMIT_MAX) });
const limit = object({
  ...limitShape,
  max: z.number().min(0).max(LIMIT_MAX).describe('A whole number of calls; with increment_from a sum of amounts, decimals included.'),
  increment_from: path.describe('The argument that a call adds instead of 1: args.amount. Without *.').optional(),
});

const rateLimit = z.union([
  z.string().regex(new RegExp(`^[0-9]{1,16}/(${CALENDAR_WINDOWS.join('|')})$`)),
  object({ max: z.int().min(0).max(LIMIT_MAX), window: z.int().min(1).max(WINDOW_SECONDS_MAX).describe('In seconds.') }),
]).describe('Short for a limit per session on calls of this tool: "10/minute", or {"max": 10, "window": 60}.');

const tool = object({
  require: rules.describe('Every rule must hold, or the call is denied.').optional(),
  deny_if: rules.describe('Any rule that holds denies the call.').optional(),
  approve_if: z.array(approvalRule).max(RULES_PER_TOOL_MAX).describe('Any rule that holds asks for a human.').optional(),
  limits: z.array(limit).max(LIMITS_PER_TOOL_MAX).optional(),
  rate_limit: rateLimit.optional(),
  action: z.enum(['allow', 'deny', 'require_approval']).describe('Short for a rule that always holds; not beside other rules.').optional(),
  reason: message.describe('What the agent is told by the action.').optional(),
});

export const policySchema = object({
  version: z.literal('1'),
  default: z.enum(['allow', 'deny']).describe('For tools that are not named under tools.'),
  hide: z.union([z.literal('*'), z.array(z.string().max(TOOL_NAME_LENGTH_MAX).regex(/^(\*|[^*\u0000-\u001f\u007f]+)$/))])
    .describe('Tools that agents do not see and cannot call: exact names, or "*" for all. Beats tools.').optional(),
  all_tools: object({ limits: z.array(allToolsLimit).max(LIMITS_PER_TOOL_MAX).optional() }).describe('Limits over every call.').optional(),
  tools: z.record(name(TOOL_NAME_LENGTH_MAX), tool).describe('By exact name, or by a glob with *. The exact name wins, then the glob with most literal characters.').optional(),
}).describe('A Docket policy, version 1.');

/** The schema as JSON Schema of draft 7, which editors understand best. */
export function policyJsonSchema(): unknown {
  const schema = z.toJSONSchema(policySchema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // Every loose object here is one that `object` made, which a JSON Schema can say itself.
      if (!(zodSchema instanceof z.ZodObject) || !(zodSchema.def.catchall instanceof z.ZodUnknown)) return;
      jsonSchema.additionalProperties = false;
      jsonSchema.patternProperties = { '^x-': {} };
    },
  });
  const tools = (schema.properties as { tools: Record<string, unknown> }).tools;
  tools['maxProperties'] = TOOLS_MAX;
  return { title: 'Docket policy', ...schema };
}
