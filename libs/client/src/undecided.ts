import { DocketError } from '#errors';
import type { DocketErrorOptions, ErrorKind } from '#errors';

/**
 * `not_decided`: nothing of what was asked this time is or will ever be valid in the log; what was asked before under the same id may be.
 * `unknown`: it may have been decided, and charged; only repeating the same call id tells.
 */
export type CallOutcome = 'not_decided' | 'unknown';

export interface UndecidedOptions extends DocketErrorOptions {
  readonly callId: string;
  readonly outcome: CallOutcome;
  readonly attempts: number;
}

/**
 * There is no verdict: the call must not be forwarded. It is thrown rather than returned, so that no code which was written with verdicts in
 * mind (`if (verdict === 'DENY') refuse`) can take it for a permission.
 */
export class Undecided extends DocketError {
  readonly callId: string;
  readonly outcome: CallOutcome;
  /** How often nodes were asked. */
  readonly attempts: number;

  constructor(kind: ErrorKind, options: UndecidedOptions) {
    super(kind, options);
    this.name = 'Undecided';
    this.callId = options.callId;
    this.outcome = options.outcome;
    this.attempts = options.attempts;
  }

  /** Asking again later, with this call id and the same content, is safe and may succeed. */
  get mayRepeat(): boolean {
    return isWorthAnother(this.kind);
  }
}

/** Kinds after which the same request under the same id may succeed; the table is in the README of Docket. */
const REPEATABLE: readonly ErrorKind[] = ['unavailable', 'resource_exhausted', 'deadline_exceeded', 'internal'];

export function isWorthAnother(kind: ErrorKind): boolean {
  return REPEATABLE.includes(kind);
}
