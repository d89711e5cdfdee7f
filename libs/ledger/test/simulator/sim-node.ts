import type { Runtime } from '../../src/resume-state.js';
import type { World } from './world.js';

/** A process on a machine: it can be paused, suspended, killed, and its clocks can be wrong. */
export class SimNode {
  readonly name: string;
  readonly runtime: Runtime;
  readonly #world: World;
  /** Own wall clock minus true time. */
  wallOffsetMs = 0;
  #monotonicOffsetMs: number;
  #isCrashed = false;
  #pausedAtMs: number | undefined;
  #isSuspended = false;
  #held: (() => void)[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.#monotonicOffsetMs = world.random.int(0, 1_000_000);
    this.runtime = {
      wallMs: () => world.nowMs + this.wallOffsetMs,
      monotonicMs: () => (this.#isSuspended ? this.#pausedAtMs! : world.nowMs) + this.#monotonicOffsetMs,
      after: (ms, callback) => {
        let isOn = true;
        world.after(ms, () => this.deliver(() => isOn && callback()));
        return () => {
          isOn = false;
        };
      },
      randomHex: (bytes) => {
        let hex = '';
        while (hex.length < bytes * 2) hex += world.random.int(0, 0xffff).toString(16).padStart(4, '0');
        return hex.slice(0, bytes * 2);
      },
    };
  }

  get isCrashed(): boolean {
    return this.#isCrashed;
  }

  get isPaused(): boolean {
    return this.#pausedAtMs !== undefined;
  }

  /** Everything that reaches the process from outside — timers, answers, requests — comes through here. */
  deliver(what: () => void): void {
    if (this.#isCrashed) return;
    if (this.isPaused) this.#held.push(what);
    else what();
  }

  crash(): void {
    this.#isCrashed = true;
    this.#held = [];
  }

  /** `suspend`: the machine sleeps, so its monotonic clock stands still too. */
  pause(suspend: boolean): void {
    if (this.isPaused) return;
    this.#isSuspended = suspend;
    this.#pausedAtMs = this.#world.nowMs;
  }

  resume(): void {
    if (!this.isPaused) return;
    if (this.#isSuspended) this.#monotonicOffsetMs -= this.#world.nowMs - this.#pausedAtMs!;
    this.#isSuspended = false;
    this.#pausedAtMs = undefined;
    const held = this.#held;
    this.#held = [];
    for (const what of held) this.#world.after(0, () => this.deliver(what));
  }
}
