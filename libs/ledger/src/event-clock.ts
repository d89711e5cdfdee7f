import type { Runtime } from './resume-state.js';

export interface ClockSample {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/**
 * Event time (design.md 2.5): anchored at a claim against the log's clock, then advanced by the monotonic clock only, so
 * that a clock that is set cannot empty or freeze windows.
 */
export class EventClock {
  readonly #runtime: Runtime;
  readonly #toleranceMs: number;
  #anchor: (ClockSample & { readonly eventMs: number }) | undefined;

  constructor(runtime: Runtime, toleranceMs: number) {
    this.#runtime = runtime;
    this.#toleranceMs = toleranceMs;
  }

  sample(): ClockSample {
    return { wallMs: this.#runtime.wallMs(), monotonicMs: this.#runtime.monotonicMs() };
  }

  /**
   * Starts event time at the claim's acknowledgement. `sample` was taken then; `logTimeMs` is the log's clock.
   * Returns how far apart they are when that is too far (the partition must not serve), else undefined.
   */
  start(sample: ClockSample, lastEventMs: number, logTimeMs: number): number | undefined {
    const eventMs = Math.max(Math.floor(sample.wallMs), lastEventMs);
    const apartMs = Math.abs(eventMs - logTimeMs);
    if (apartMs > this.#toleranceMs) {
      this.#anchor = undefined;
      return apartMs;
    }
    this.#anchor = { ...sample, eventMs };
    return undefined;
  }

  /** Time of an event decided now; never below the last event's. */
  now(lastEventMs: number): number {
    if (this.#anchor === undefined) throw new Error('event time was not started');
    const { eventMs, monotonicMs } = this.#anchor;
    return Math.max(eventMs + Math.floor(this.#runtime.monotonicMs() - monotonicMs), lastEventMs);
  }

  /** True when wall and monotonic progress differ too much: a suspended machine, or a clock that was set. */
  isApart(): boolean {
    if (this.#anchor === undefined) return true;
    const wallProgress = this.#runtime.wallMs() - this.#anchor.wallMs;
    const monotonicProgress = this.#runtime.monotonicMs() - this.#anchor.monotonicMs;
    return Math.abs(wallProgress - monotonicProgress) > this.#toleranceMs;
  }
}
