import type { DocketTarget } from '../generator/dialects.js';

/** What one process of callers does. */
export interface OfferJob {
  readonly host: string;
  readonly port: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly target: DocketTarget;
  readonly connections: number;
  /** `closed`: so many callers, each asks again when it is answered. `open`: so many calls a second, whatever becomes of those before. */
  readonly load: { readonly kind: 'closed'; readonly callers: number } | { readonly kind: 'open'; readonly perSecond: number };
  /** Of each call. */
  readonly deadlineMs: number;
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly reportEveryMs: number;
}

/** How calls ended. */
export interface Endings {
  readonly sent: number;
  /** ALLOW in time, and other verdicts in time. */
  readonly allowed: number;
  readonly otherVerdicts: number;
  /** A verdict after the deadline: of no use to its caller. */
  readonly late: number;
  readonly refused: number;
  readonly expired: number;
  /** Any other error, by its words. */
  readonly errors: Readonly<Record<string, number>>;
  /** Never ended at all. */
  readonly lost: number;
}

export interface Interval extends Endings {
  readonly elapsedMs: number;
  readonly answered: { readonly p50Ms: number; readonly p99Ms: number };
  /** How long it took to hear that a call was refused. */
  readonly refusedP99Ms: number;
  /** How late the callers' own event loop was, which is in all of their times. */
  readonly callersLagMs: number;
}

export type OfferProgress =
  | { readonly kind: 'interval'; readonly interval: Interval }
  | { readonly kind: 'done'; readonly measured: Interval; readonly all: Endings };
