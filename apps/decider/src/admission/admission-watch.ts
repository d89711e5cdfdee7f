import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Runtime } from '#ledger';
import type { Logger } from '#platform';
import type { Admission, Turned } from './admission.js';

/** A queue somewhere on a call's way, for metrics. */
export interface WatchedQueue {
  readonly queue: string;
  readonly calls: () => number;
  readonly bytes?: () => number;
}

/** An overload is told once in so long, however many calls it meets. */
const TELL_EVERY_MS = 10_000;
const REFUSED: readonly Turned[] = ['queue_full', 'wait_too_long', 'deadline_too_near'];

/** What an operator sees of overload: how long the queues are, how many calls were not decided and why. */
export class AdmissionWatch {
  /** Since the metrics were read last: to count one at a time in the registry would be a good part of what a refusal costs. */
  readonly #turned = new Map<Turned, number>();
  readonly #runtime: Pick<Runtime, 'monotonicMs'>;
  readonly #logger: Logger;
  #refused = 0;
  #toldAtMs = -Infinity;

  constructor(registry: Registry, runtime: Pick<Runtime, 'monotonicMs'>, logger: Logger) {
    this.#runtime = runtime;
    this.#logger = logger;
    const turned = this.#turned;
    const counter = new Counter({
      name: 'docket_calls_not_admitted_total', help: 'Decide calls that were refused, or dropped at their turn, by reason', labelNames: ['reason'], registers: [registry],
      collect() {
        for (const [reason, count] of turned) this.inc({ reason }, count);
        turned.clear();
      },
    });
    for (const reason of [...REFUSED, 'expired', 'gone']) counter.inc({ reason }, 0);
  }

  readonly turned = (reason: Turned): void => {
    this.#turned.set(reason, (this.#turned.get(reason) ?? 0) + 1);
    if (!REFUSED.includes(reason)) return;
    this.#refused += 1;
    const nowMs = this.#runtime.monotonicMs();
    if (nowMs - this.#toldAtMs < TELL_EVERY_MS) return;
    this.#logger.warn({ refused: this.#refused, reason }, 'overloaded: calls are refused; it is said again in 10 s if that goes on');
    this.#toldAtMs = nowMs;
    this.#refused = 0;
  };

  /** Gauges, read when somebody asks. */
  watch(registry: Registry, admission: Admission, others: readonly WatchedQueue[]): void {
    const queues: readonly WatchedQueue[] = [
      { queue: 'admission', calls: () => admission.waiting, bytes: () => admission.waitingBytes },
      { queue: 'deciding', calls: () => admission.running, bytes: () => admission.runningBytes },
      ...others,
    ];
    const registers = [registry];
    const gauge = (name: string, help: string, read: (queue: WatchedQueue) => number | undefined): void => {
      new Gauge({
        name, help, labelNames: ['queue'], registers,
        collect() {
          for (const one of queues) {
            const value = read(one);
            if (value !== undefined) this.set({ queue: one.queue }, value);
          }
        },
      });
    };
    gauge('docket_queue_calls', 'Calls in a queue', ({ calls }) => calls());
    gauge('docket_queue_bytes', 'Bytes of the calls in a queue', ({ bytes }) => bytes?.());
    new Gauge({ name: 'docket_expected_wait_seconds', help: 'How long a Decide call that comes now would wait for its turn', registers, collect() { this.set(admission.expectedMs / 1_000); } });
  }
}
