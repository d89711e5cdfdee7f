import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { LedgerObserver, Runtime } from '#ledger';

/** Others that claim a partition so often between one's own claims, within so long: no hand-over but a fight. */
const WITHIN_MS = 60_000;
const TIMES = 3;

interface Claimed {
  readonly epoch: number;
  /** Claims of one's own since that may have become an epoch, or not. */
  unknown: number;
  /** When others were found to have claimed, lately. */
  readonly othersAtMs: readonly number[];
}

export interface Rival {
  readonly kind: 'rival_owner';
  readonly topic: string;
  readonly partition: number;
  readonly message: string;
}

/**
 * Notices another process that claims the same partitions over and over. That is safe, as each of them fences the other,
 * and slow, as each claim interrupts: somebody should stop one of them.
 */
export class Rivals {
  readonly #claimed = new Map<string, Claimed>();
  readonly #runtime: Runtime;
  readonly #onAlarm: (alarm: Rival) => void;
  readonly #count: Counter<'topic'>;
  #silentUntilMs = -Infinity;

  constructor(runtime: Runtime, registry: Registry, onAlarm: (alarm: Rival) => void) {
    this.#runtime = runtime;
    this.#onAlarm = onAlarm;
    this.#count = new Counter({ name: 'docket_rival_claims_total', help: 'Epochs of partitions that another process claimed between two of this one', labelNames: ['topic'], registers: [registry] });
  }

  /** The observer, watched. */
  watch(observer: LedgerObserver): LedgerObserver {
    return {
      ...observer,
      onClaim: (claim) => {
        this.#see(claim);
        observer.onClaim?.(claim);
      },
    };
  }

  #see({ topic, partition, epoch, outcome }: Parameters<NonNullable<LedgerObserver['onClaim']>>[0]): void {
    const key = `${topic}/${partition}`;
    const last = this.#claimed.get(key);
    if (outcome === 'unknown' && last !== undefined) last.unknown += 1;
    if (outcome !== 'effective') return;
    const others = last === undefined ? 0 : epoch - last.epoch - 1 - last.unknown;
    const nowMs = this.#runtime.monotonicMs();
    const lately = (last?.othersAtMs ?? []).filter((atMs) => atMs > nowMs - WITHIN_MS);
    const othersAtMs = others > 0 ? [...lately, nowMs] : lately;
    this.#claimed.set(key, { epoch, unknown: 0, othersAtMs });
    if (others <= 0) return;
    this.#count.inc({ topic }, others);
    if (othersAtMs.length < TIMES || nowMs < this.#silentUntilMs) return;
    this.#silentUntilMs = nowMs + WITHIN_MS;
    const message = `another decider claims the same partitions again and again (${topic}/${partition} is at epoch ${epoch}): each of them interrupts the other; stop one`;
    this.#onAlarm({ kind: 'rival_owner', topic, partition, message });
  }
}
