import { z } from 'zod';
import { JsonText, NumberText } from './yaml-source.js';

/** Bounds of one file. */
const CASES_MAX = 5_000;
const STEPS_MAX = 500;
const TIMES_MAX = 200_000;
const TEXT_LENGTH_MAX = 4 * 1024 * 1024;

const json = z.instanceof(JsonText, { error: 'expected a value' });
const name = z.string().min(1).max(256);
/** Also where YAML sees a number: session 7. */
const word = z.union([z.string().max(256), z.number().transform(String)], { error: 'expected a text of at most 256 characters' });
const amount = z.union([z.number().transform(String), z.instanceof(NumberText).transform(({ text }) => text)], { error: 'expected a number' });
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/, 'expected a time in UTC such as 2026-11-23T10:00:30Z').transform(Date.parse);
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const duration = z.string().regex(/^\d{1,9}(\.\d{1,3})?[smhdw]$/, 'expected a duration such as 30s, 1.5s, 15m, 2h, 1d or 1w')
  .transform((text) => Math.round(Number(text.slice(0, -1)) * (UNITS_MS[text.slice(-1)] ?? NaN)));
const verdict = z.enum(['ALLOW', 'DENY', 'RATE_LIMITED', 'APPROVAL_REQUIRED']);
const mode = z.enum(['enforce', 'observe']);

/** A long text need not be written out: parts may be repeated, `{n}` standing for 0, 1, 2, … */
const repeat = z.strictObject({ repeat: z.string().max(10_000), times: z.int().min(0).max(2_000_000), join: z.string().max(100).default('') });
const longText = z.union([z.string(), z.array(z.union([z.string(), repeat])).max(100)], { error: 'expected a text, or a list of texts and {repeat, times}' })
  .transform((parts, context) => {
    const list = typeof parts === 'string' ? [parts] : parts;
    if (list.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : (part.repeat.length + part.join.length + (part.repeat.includes('{n}') ? 7 : 0)) * part.times), 0) > TEXT_LENGTH_MAX) {
      context.addIssue({ code: 'custom', message: 'expected a shorter text' });
      return z.NEVER;
    }
    return list.map((part) => (typeof part === 'string' ? part : repeated(part))).join('');
  });

function repeated({ repeat: text, times, join }: z.infer<typeof repeat>): string {
  if (!text.includes('{n}') && join === '') return text.repeat(times);
  return Array.from({ length: times }, (_, n) => text.replaceAll('{n}', String(n))).join(join);
}

const call = z.strictObject({
  tool: word.refine((text) => text !== '', 'expected the name of a tool'),
  grant: name.default('g1'),
  arguments: json.optional(),
  /** As typed, for what is no JSON. */
  arguments_text: longText.optional(),
  session: word.default(''),
  agent: word.default(''),
  principal: word.default(''),
  server: word.optional(),
  id: name.optional(),
  id_at: time.optional(),
  logical: name.optional(),
  dry_run: z.boolean().default(false),
  by: name.default('gateway'),
  organisation: name.default('default'),
  secret: z.enum(['right', 'wrong']).optional(),
});

const resolve = z.strictObject({ approval: name, by: name.default('approver'), comment: z.string().max(1_000).default('') });

/** An expectation of nothing would hold whatever came. */
const isSome = (map: object): boolean => Object.keys(map).length > 0;
const limitMap = z.record(z.string(), amount).refine(isSome, 'expected at least one counter; `counters: []` means none');
const says = z.union([z.string().transform((text) => [text]), z.array(z.string()).max(20)]);

const expected = z.strictObject({
  verdict: verdict.optional(),
  would_be: verdict.nullable().optional(),
  rule: z.string().optional(),
  message: z.string().optional(),
  says: says.optional(),
  lacks: says.optional(),
  retry_after: duration.nullable().optional(),
  limit: limitMap.optional(),
  used: limitMap.optional(),
  remaining: limitMap.optional(),
  resets_at: z.union([time, z.record(z.string(), time)], { error: 'expected a time in UTC, or one for each counter' }).optional(),
  counters: z.array(z.string()).max(100).optional(),
  refused: z.array(z.string()).max(100).optional(),
  replayed: z.boolean().optional(),
  steps: z.array(z.string()).max(200).optional(),
  refunded: z.array(z.string()).max(100).optional(),
  visible: z.record(z.string(), z.boolean()).refine(isSome, 'expected at least one tool').optional(),
  approval: name.nullable().optional(),
  approval_expires_at: time.optional(),
  state: z.enum(['pending', 'approved', 'denied', 'withdrawn', 'redeemed', 'expired']).optional(),
  approvers: z.array(name).max(10).optional(),
  needed: z.int().optional(),
  error: name.optional(),
  reason: name.optional(),
});

const ACTIONS = ['call', 'settle', 'lookup', 'visible', 'publish', 'attach', 'revoke', 'approve', 'deny', 'withdraw', 'approval', 'restart'] as const;

const step = z.strictObject({
  wait: duration.optional(),
  at: time.optional(),
  times: z.int().min(1).max(TIMES_MAX).default(1),
  call: call.optional(),
  settle: z.strictObject({ id: name, outcome: z.enum(['SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN']), grant: name.default('g1') }).optional(),
  lookup: z.strictObject({ id: name, grant: name.default('g1') }).optional(),
  visible: z.array(word).max(2_000).optional(),
  publish: json.optional(),
  attach: z.strictObject({ grant: name.default('g1'), policy: name, mode: mode.default('enforce') }).optional(),
  revoke: name.optional(),
  approve: resolve.optional(),
  deny: resolve.optional(),
  withdraw: resolve.extend({ by: name.default('gateway') }).optional(),
  approval: z.strictObject({ approval: name, by: name.default('approver') }).optional(),
  restart: z.literal(true).optional(),
  expect: expected.refine(isSome, 'expected something').optional(),
}).superRefine((found, context) => {
  const actions = ACTIONS.filter((action) => found[action] !== undefined);
  if (actions.length > 1) context.addIssue({ code: 'custom', message: `expected one action, found ${actions.join(' and ')}`, path: [actions[1] ?? ''] });
  if (actions.length === 0 && found.expect !== undefined) context.addIssue({ code: 'custom', message: `expected an action: ${ACTIONS.join(', ')}` });
  if (found.call?.arguments !== undefined && found.call.arguments_text !== undefined) {
    context.addIssue({ code: 'custom', message: 'expected `arguments` or `arguments_text`, found both', path: ['call'] });
  }
});

const note = z.strictObject({ pointer: z.string(), says: z.string() });
const grant = z.strictObject({ policy: name.nullable().default('main'), expires_at: time.optional(), mode: mode.default('enforce') });

const POLICY_SPELLINGS = ['policy', 'policy_text', 'policy_file'] as const;
const governing = {
  policy: json.optional(),
  policy_text: longText.optional(),
  policy_file: z.string().min(1).max(1_000).optional(),
  at: time.optional(),
};

const scenario = z.strictObject({
  name,
  proves: z.array(name).max(50).default([]),
  /** Why only the pure core can play it. */
  core_only: z.string().min(10).optional(),
  ...governing,
  policies: z.record(name, json).default({}),
  grants: z.record(name, grant).optional(),
  steps: z.array(step).min(1).max(STEPS_MAX).optional(),
  document: json.optional(),
  text: longText.optional(),
  problems: z.array(note).max(1_001).optional(),
  warnings: z.array(note).max(1_000).optional(),
  normalised: json.optional(),
}).superRefine((found, context) => {
  onePolicy(found, context);
  const subjects = (['steps', 'document', 'text'] as const).filter((key) => found[key] !== undefined);
  if (subjects.length !== 1) context.addIssue({ code: 'custom', message: `expected \`steps\`, \`document\` or \`text\`, found ${subjects.join(' and ') || 'none'}` });
  if (found.steps !== undefined && (found.problems ?? found.warnings ?? found.normalised) !== undefined) {
    context.addIssue({ code: 'custom', message: 'expected `problems`, `warnings` and `normalised` beside a `document` or `text` only' });
  }
});

function onePolicy(found: Partial<Record<(typeof POLICY_SPELLINGS)[number], unknown>>, context: z.RefinementCtx): void {
  const given = POLICY_SPELLINGS.filter((key) => found[key] !== undefined);
  if (given.length > 1) context.addIssue({ code: 'custom', message: `expected one policy, found ${given.join(' and ')}`, path: [given[1] ?? ''] });
}

/** A file: a list of cases, or what holds for all of its cases and the cases. */
export const listSchema = z.array(scenario).min(1).max(CASES_MAX);
export const fileSchema = z.strictObject({ ...governing, cases: listSchema }).superRefine(onePolicy);

export type Step = z.output<typeof step> & { readonly line: number };
export type Scenario = Omit<z.output<typeof scenario>, 'steps'> & { readonly line: number; readonly steps?: readonly Step[] };
export type Expected = z.output<typeof expected>;
export type CallStep = z.output<typeof call>;

/** The values that are handed on as JSON text, digit for digit. */
export function isJsonValue(path: readonly PropertyKey[]): boolean {
  const inside = path[0] === 'cases' ? path.slice(1) : path;
  const last = inside.at(-1);
  if (path.length === 1) return last === 'policy';
  if (inside[1] === 'policies') return inside.length === 3;
  switch (inside.length) {
    case 2: return last === 'policy' || last === 'document' || last === 'normalised';
    case 4: return inside[1] === 'steps' && last === 'publish';
    case 5: return inside[1] === 'steps' && last === 'arguments';
    default: return false;
  }
}

export const ACTION_NAMES = ACTIONS;
