import { monitorEventLoopDelay } from 'node:perf_hooks';
import { latencyOf } from '../generator/job.js';
import type { Endings, Interval } from './job.js';

const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
/** Of one interval; more than that are only counted. */
const SAMPLES_MAX = 1_000_000;

/** Counts how calls end. */
export class Tally {
  private counts = zero();
  private errors: Record<string, number> = {};
  private answered: number[] = [];
  private refused: number[] = [];
  private startedMs = performance.now();
  private readonly lag = monitorEventLoopDelay({ resolution: 10 });

  constructor(private readonly deadlineMs: number) {
    this.lag.enable();
  }

  send(): void {
    this.counts.sent += 1;
  }

  verdict(isAllow: boolean, tookMs: number): void {
    if (tookMs > this.deadlineMs) this.counts.late += 1;
    else if (isAllow) this.counts.allowed += 1;
    else this.counts.otherVerdicts += 1;
    if (this.answered.length < SAMPLES_MAX) this.answered.push(tookMs);
  }

  failed(status: number, detail: string, tookMs: number): void {
    if (status === RESOURCE_EXHAUSTED) {
      this.counts.refused += 1;
      if (this.refused.length < SAMPLES_MAX) this.refused.push(tookMs);
    } else if (status === DEADLINE_EXCEEDED) {
      this.counts.expired += 1;
    } else {
      const what = `${status === CANCELLED ? 'cut' : `status ${status}`}: ${detail}`;
      this.errors[what] = (this.errors[what] ?? 0) + 1;
    }
  }

  /** What was counted since the last time. */
  take(): Interval {
    const nowMs = performance.now();
    const { p50Ms, p99Ms } = latencyOf(Float64Array.from(this.answered));
    const interval = { ...this.counts, errors: this.errors, lost: 0, elapsedMs: nowMs - this.startedMs, answered: { p50Ms, p99Ms }, refusedP99Ms: latencyOf(Float64Array.from(this.refused)).p99Ms, callersLagMs: this.lag.percentile(99) / 1e6 };
    this.lag.reset();
    this.counts = zero();
    this.errors = {};
    this.answered = [];
    this.refused = [];
    this.startedMs = nowMs;
    return interval;
  }
}

function zero() {
  return { sent: 0, allowed: 0, otherVerdicts: 0, late: 0, refused: 0, expired: 0 };
}

/** All of them together. */
export function sumOf(all: readonly Endings[], lost: number): Endings {
  const sum = (read: (one: Endings) => number): number => all.reduce((total, one) => total + read(one), 0);
  const errors: Record<string, number> = {};
  for (const one of all) for (const [what, count] of Object.entries(one.errors)) errors[what] = (errors[what] ?? 0) + count;
  return {
    sent: sum(({ sent }) => sent), allowed: sum(({ allowed }) => allowed), otherVerdicts: sum(({ otherVerdicts }) => otherVerdicts), late: sum(({ late }) => late),
    refused: sum(({ refused }) => refused), expired: sum(({ expired }) => expired), errors, lost,
  };
}
