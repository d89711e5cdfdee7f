import type { DocketError } from '#errors';
import { systemRuntime, type Runtime } from '#ledger';
import { Secret } from '#platform';
import { TokenCache, type ServedToken } from '../../../apps/token-broker/src/cache/token-cache.js';
import { MemoryBroker } from './memory-broker.js';
import { quantile, type TokenRow } from './row.js';

const CONNECTIONS = 10_000;
const SPEED = 100;
const LIFETIME_S = 900;
/** Of the connections' time. */
const RUN_MS = 3_600_000;
const MINT_MS = 50;
const STEP_MS = 50;

/** A clock that is moved step by step, no faster than so many times the machine's: where the machine is slow, it waits for it. */
class SteppedRuntime implements Runtime {
  readonly #startMs = systemRuntime().wallMs();
  readonly #timers = new Map<number, Set<() => void>>();
  readonly randomHex = systemRuntime().randomHex;
  #nowMs = 0;

  wallMs = (): number => this.#startMs + this.#nowMs;
  monotonicMs = (): number => this.#nowMs;
  after = (ms: number, callback: () => void): (() => void) => {
    const step = Math.max(this.#nowMs / STEP_MS + 1, Math.ceil((this.#nowMs + ms) / STEP_MS));
    const due = this.#timers.get(step) ?? new Set();
    this.#timers.set(step, due);
    const own = (): void => callback();
    due.add(own);
    return () => due.delete(own);
  };

  /** One step on, and what is due with it. */
  step(): void {
    this.#nowMs += STEP_MS;
    const step = this.#nowMs / STEP_MS;
    const due = this.#timers.get(step);
    this.#timers.delete(step);
    for (const callback of due ?? []) callback();
  }
}

/**
 * Ten thousand connections with tokens of 15 minutes, each asked for about once a minute, through an hour of their time at a hundred times
 * the speed: the cache, the minter and the state machine as they are, the log in memory, an issuer that takes 50 ms of their time.
 */
export async function lifetimes(say: (line: string) => void): Promise<TokenRow[]> {
  const runtime = new SteppedRuntime();
  let mints = 0;
  const broker = new MemoryBroker(runtime, {
    'partner-secret': {
      mint: async () => {
        mints += 1;
        await new Promise<void>((resolve) => runtime.after(MINT_MS, resolve));
        return { kind: 'minted', token: new Secret(`token-${mints}`), claims: { expiresIn: LIFETIME_S }, responseDateMs: undefined, refreshInMs: null, renewedSecret: null };
      },
    },
  });
  const ids = Array.from({ length: CONNECTIONS }, (_, n) => `c${n}`);
  for (const id of ids) await broker.register(id);
  const cache = new TokenCache({ source: (id, ask) => broker.obtain(id, ask), runtime, random: Math.random, lastHeardMs: () => runtime.monotonicMs(), entriesMax: CONNECTIONS });
  const counts = { gets: 0, waited: 0, failed: 0, expired: 0 };
  const failures = new Map<string, number>();
  const tookMs: number[] = [];
  let leastMs = Infinity;
  const note = (served: ServedToken): void => {
    leastMs = Math.min(leastMs, served.expiresInMs);
    if (served.expiresInMs <= 0) counts.expired += 1;
  };
  const get = (connectionId: string): void => {
    counts.gets += 1;
    const startedMs = performance.now();
    const got = cache.get(connectionId);
    if (got instanceof Promise) {
      counts.waited += 1;
      got.then(note, (error: DocketError) => {
        counts.failed += 1;
        failures.set(error.reason, (failures.get(error.reason) ?? 0) + 1);
      });
      return;
    }
    if (counts.gets % 16 === 0) tookMs.push(performance.now() - startedMs);
    note(got);
  };
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let asked = 0;
  while (runtime.monotonicMs() < RUN_MS) {
    runtime.step();
    // As many as are due by now: ten thousand a minute, one after another.
    for (const due = Math.floor(runtime.monotonicMs() / 60_000 * CONNECTIONS); asked < due; asked += 1) get(ids[asked % CONNECTIONS]!);
    await new Promise((resolve) => setImmediate(resolve));
    const aheadMs = runtime.monotonicMs() / SPEED - (performance.now() - startedMs);
    if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs));
  }
  const speed = RUN_MS / (performance.now() - startedMs);
  const { user, system } = process.cpuUsage(cpu);
  const perLifetime = mints * LIFETIME_S * 1_000 / (CONNECTIONS * RUN_MS);
  say(`10,000 connections: ${counts.gets} gets, ${counts.waited} waited, ${mints} mints, ${counts.failed} failed, ${counts.expired} past their end${[...failures].map(([reason, count]) => `; ${count} × ${reason}`).join('')}`);
  return [{
    what: `10,000 connections, tokens of 15 minutes, an hour at ${Math.round(speed)}× speed`,
    figure: `${mints.toLocaleString('en-US')} mints (${perLifetime.toFixed(2)} a lifetime), ${counts.waited.toLocaleString('en-US')} of ${counts.gets.toLocaleString('en-US')} gets waited, ${counts.failed} failed, least time left ${Math.floor(leastMs / 1_000)} s, get p99 ${(quantile(tookMs, 0.99) * 1_000).toFixed(0)} µs, ${((user + system) / 1e6).toFixed(1)} s of CPU`,
    beside: 'by the soft margin: 1.5 mints a lifetime',
  }];
}
