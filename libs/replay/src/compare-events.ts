import type { ApprovalResolved, CallApproval, CallDecided, CallSettled, Charge, LimitReading, QuotaReleased, QuotaReserved } from '#decision';
import type { Cause } from './replay-report.js';

/** What of a record is not as derived; undefined if nothing is. */
export interface Mismatch {
  readonly cause: Cause;
  readonly fields: readonly string[];
}

/** Fields of a verdict, and what it means when one differs. First things first: the first that differs names the cause. */
const CALL_FIELDS: readonly (readonly [keyof CallDecided, Cause])[] = [
  ['organisation', 'grant'], ['server_id', 'grant'], ['policy_id', 'policy'], ['policy_version', 'policy'], ['mode', 'policy'],
  ['verdict', 'verdict'], ['would_be', 'verdict'], ['rule', 'rule'], ['charges', 'charges'], ['limits', 'limits'], ['scoped', 'limits'], ['approval', 'approval'],
  ['message', 'message'], ['retry_after_ms', 'message'],
];

export function compareCalls(recorded: CallDecided, derived: CallDecided): Mismatch | undefined {
  return isSameCall(recorded, derived) ? undefined : mismatch(CALL_FIELDS, recorded, derived);
}

const SETTLED_FIELDS: readonly (readonly [keyof CallSettled, Cause])[] = [['refunds', 'refunds'], ['refunded', 'refunds'], ['logical_call_id', 'refunds'], ['elsewhere', 'refunds']];

export function compareSettlements(recorded: CallSettled, derived: CallSettled): Mismatch | undefined {
  if (recorded.refunds.length === 0 && derived.refunds.length === 0 && recorded.refunded.length === 0 && derived.refunded.length === 0 && recorded.logical_call_id === derived.logical_call_id && recorded.elsewhere === derived.elsewhere) return undefined;
  return mismatch(SETTLED_FIELDS, recorded, derived);
}

const VOTE_FIELDS: readonly (readonly [keyof ApprovalResolved, Cause])[] = [['state', 'vote'], ['approvers', 'vote']];

export function compareVotes(recorded: ApprovalResolved, derived: ApprovalResolved): Mismatch | undefined {
  return mismatch(VOTE_FIELDS, recorded, derived);
}

export function compareReservations(recorded: QuotaReserved, derived: QuotaReserved): Mismatch | undefined {
  return mismatch([['limits', 'limits']], recorded, derived);
}

export function compareReleases(recorded: QuotaReleased, derived: QuotaReleased): Mismatch | undefined {
  return mismatch([['refunds', 'refunds'], ['refunded', 'refunds']], recorded, derived);
}

function mismatch<E extends object>(fields: readonly (readonly [keyof E & string, Cause])[], recorded: E, derived: E): Mismatch | undefined {
  const differing = fields.filter(([field]) => !isEqual(recorded[field], derived[field]));
  return differing[0] === undefined ? undefined : { cause: differing[0][1], fields: differing.map(([field]) => field) };
}

/** Every call comes through here, and nearly all agree. */
function isSameCall(a: CallDecided, b: CallDecided): boolean {
  return a.verdict === b.verdict && a.rule === b.rule && a.would_be === b.would_be && a.message === b.message && a.retry_after_ms === b.retry_after_ms
    && a.policy_version === b.policy_version && a.policy_id === b.policy_id && a.mode === b.mode && a.organisation === b.organisation && a.server_id === b.server_id
    && areSameCharges(a.charges, b.charges) && areSameReadings(a.limits, b.limits) && isSameApproval(a.approval, b.approval) && isEqual(a.scoped, b.scoped);
}

function areSameCharges(a: readonly Charge[], b: readonly Charge[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) {
    const one = a[i]!;
    const other = b[i]!;
    if (one.counter !== other.counter || one.window_end_ms !== other.window_end_ms || one.amount !== other.amount || one.refund.length !== other.refund.length) return false;
    for (let k = 0; k < one.refund.length; k += 1) if (one.refund[k] !== other.refund[k]) return false;
  }
  return true;
}

function areSameReadings(a: readonly LimitReading[], b: readonly LimitReading[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) {
    const one = a[i]!;
    const other = b[i]!;
    if (one.used !== other.used || one.remaining !== other.remaining || one.resets_at_ms !== other.resets_at_ms || one.refused !== other.refused || one.limit !== other.limit
      || one.rule !== other.rule || one.counter !== other.counter || one.scope !== other.scope || one.window !== other.window || one.sliding !== other.sliding) return false;
  }
  return true;
}

function isSameApproval(a: CallApproval | null, b: CallApproval | null): boolean {
  if (a === null || b === null) return a === b;
  return a.id === b.id && a.action === b.action && a.expires_at_ms === b.expires_at_ms && a.needed === b.needed && a.rule === b.rule;
}

/** JSON values; key order does not matter. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

/** What a difference shows: the verdict in a few words, or the fields that differ. */
export function shown(event: object, fields: readonly string[]): string {
  const told = fields.map((field) => `${field}=${JSON.stringify((event as Record<string, unknown>)[field])}`).join(' ');
  return told.length <= SHOWN_MAX ? told : `${told.slice(0, SHOWN_MAX).toWellFormed()}…`;
}

const SHOWN_MAX = 1_000;
