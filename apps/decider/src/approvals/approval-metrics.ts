import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** What an operator watches of approvals. Labels are few-valued: no grants, tools or people. */
export class ApprovalMetrics {
  readonly #events: Counter<'event'>;
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#events = new Counter({ name: 'docket_approvals_total', help: 'Approvals opened, redeemed, approved, denied and withdrawn', labelNames: ['event'], registers: [registry] });
  }

  /** `opened`, `redeemed`, or a vote: `approve`, `deny`, `withdraw`. */
  count(event: string): void {
    this.#events.inc({ event });
  }

  /** Gauges, read when somebody asks. `pending` is undefined while this node cannot tell. */
  watch(read: { readonly pending: () => number | undefined; readonly waiting: () => number }): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'docket_approvals_pending', help: 'Approvals that wait for a human', registers,
      collect() {
        const pending = read.pending();
        if (pending === undefined) this.reset();
        else this.set(pending);
      },
    });
    new Gauge({ name: 'docket_approvals_waiting', help: 'Calls that wait for an approval to change', registers, collect() { this.set(read.waiting()); } });
  }
}
