import { canonicalJson, exactText, parseExactJson, parseExactNumber } from '#policy';
import type { Expected, Scenario } from './case.js';
import type { Note, Outcome, SeenLimit } from './driver.js';

/** One thing that came otherwise than expected, both in words. */
export interface Mismatch {
  readonly field: string;
  readonly expected: string;
  readonly came: string;
}

/** What comparing needs of the case that is being played. */
export interface PlayedNames {
  /** Between the case's clock and the one it is played on. */
  readonly shiftMs: number;
  /** Names of the case that stand for approval ids; comparing binds a name when it first meets it. */
  readonly approvals: Map<string, string>;
}

const JSON_LIMITS = { maxBytes: 16 * 1024 * 1024, maxDepth: 100 };

/** Everything in which an outcome differs from what the case expects; what the case does not mention is not compared. */
export function compare(expected: Expected, outcome: Outcome, names: PlayedNames): Mismatch[] {
  const found: Mismatch[] = [];
  const check = (field: string, wanted: unknown, came: unknown): void => {
    const [a, b] = [show(wanted), show(came)];
    if (a !== b) found.push({ field, expected: a, came: b });
  };
  const same = (field: keyof Expected, came: unknown): void => {
    if (expected[field] !== undefined) check(field, expected[field], came);
  };
  same('error', outcome.error);
  same('reason', outcome.reason);
  same('verdict', outcome.verdict);
  same('would_be', outcome.wouldBe ?? null);
  same('rule', outcome.rule);
  same('message', outcome.message);
  same('replayed', outcome.replayed);
  if (expected.steps !== undefined && !sameSteps(expected.steps, outcome.steps)) check('steps', expected.steps, outcome.steps);
  same('state', outcome.state);
  same('approvers', outcome.approvers);
  same('needed', outcome.needed);
  for (const text of expected.says ?? []) if (outcome.message?.includes(text) !== true) check('message', `… ${text} …`, outcome.message);
  for (const text of expected.lacks ?? []) if (outcome.message?.includes(text) !== false) check('message', `none with ${text}`, outcome.message);
  if (expected.retry_after !== undefined) check('retry_after', seconds(expected.retry_after), seconds(outcome.retryAfterMs));
  compareLimits(expected, outcome, names, check);
  for (const [tool, visible] of Object.entries(expected.visible ?? {})) check(`visible ${tool}`, visible, outcome.visible?.[tool]);
  compareApproval(expected, outcome, names, check);
  return found;
}

/** What decided a step (`rule outcome: because`) may be left out. */
function sameSteps(wanted: readonly string[], came: readonly string[] = []): boolean {
  return wanted.length === came.length && wanted.every((step, i) => came[i] === step || came[i]?.startsWith(`${step}: `) === true);
}

type Check = (field: string, wanted: unknown, came: unknown) => void;

function compareLimits(expected: Expected, outcome: Outcome, { shiftMs }: PlayedNames, check: Check): void {
  const limits = outcome.limits ?? [];
  for (const field of ['limit', 'used', 'remaining'] as const) {
    for (const [name, amount] of Object.entries(expected[field] ?? {})) check(`${field} of ${name}`, normalForm(amount), limitOf(limits, name)?.[field]);
  }
  const resets = typeof expected.resets_at === 'number' ? [['', expected.resets_at] as const] : Object.entries(expected.resets_at ?? {});
  for (const [name, atMs] of resets) {
    const limit = name === '' ? limits[0] : limitOf(limits, name);
    check(name === '' ? 'resets_at' : `resets_at of ${name}`, instant(atMs), limit && instant(limit.resetsAtMs - shiftMs));
  }
  if (expected.counters !== undefined) check('counters', expected.counters, outcome.limits?.map(({ counter }) => counter));
  if (expected.refused !== undefined) check('refused', expected.refused, limits.filter(({ refused }) => refused).map(({ counter }) => counter));
  if (expected.refunded !== undefined) check('refunded', expected.refunded, outcome.refunded?.map(({ counter, used }) => `${counter} ${used}`));
}

/** By its counter's name, or by its rule. */
function limitOf(limits: readonly SeenLimit[], name: string): SeenLimit | undefined {
  return limits.find(({ rule, counter }) => (name.startsWith('/') ? rule : counter) === name);
}

function compareApproval(expected: Expected, outcome: Outcome, { shiftMs, approvals }: PlayedNames, check: Check): void {
  if (expected.approval === null) check('approval', null, outcome.approvalId ?? null);
  if (typeof expected.approval === 'string') {
    const id = outcome.approvalId ?? undefined;
    const known = approvals.get(expected.approval);
    const other = [...approvals].find(([, bound]) => bound === id)?.[0];
    if (id !== undefined && known === undefined && other === undefined) approvals.set(expected.approval, id);
    else if (known === undefined || known !== id) check('approval', expected.approval, id === undefined ? undefined : (other ?? 'another, new one'));
  }
  if (expected.approval_expires_at !== undefined) {
    check('approval_expires_at', instant(expected.approval_expires_at), outcome.approvalExpiresAtMs === undefined ? undefined : instant(outcome.approvalExpiresAtMs - shiftMs));
  }
}

/** The same for a document: its problems, or its warnings and normal form. */
export function compareDocument(scenario: Scenario, outcome: Outcome): Mismatch[] {
  const found: Mismatch[] = [];
  const check: Check = (field, wanted, came) => {
    const [a, b] = [show(wanted), show(came)];
    if (a !== b) found.push({ field, expected: a, came: b });
  };
  const notes = (field: string, wanted: readonly { pointer: string; says: string }[], came: readonly Note[]): void => {
    const fits = wanted.length === came.length && wanted.every(({ pointer, says }, i) => came[i]?.pointer === pointer && came[i].message.includes(says));
    if (!fits) check(field, wanted.map(({ pointer, says }) => `${pointer}: … ${says} …`), came.map(({ pointer, message }) => `${pointer}: ${message}`));
  };
  notes('problems', scenario.problems ?? [], outcome.problems ?? []);
  if (scenario.problems !== undefined && scenario.problems.length > 0) return found;
  if (scenario.warnings !== undefined) notes('warnings', scenario.warnings, outcome.warnings ?? []);
  if (scenario.normalised !== undefined) check('normalised', canonicalJson(parseExactJson(scenario.normalised.text, JSON_LIMITS)), outcome.normalised);
  return found;
}

function normalForm(amount: string): string {
  const value = parseExactNumber(amount);
  return value === undefined ? amount : exactText(value);
}

function seconds(ms: number | null | undefined): string | null | undefined {
  return typeof ms === 'number' ? `${ms / 1_000}s` : ms;
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(' | ');
  return value === '' ? '""' : String(value);
}
