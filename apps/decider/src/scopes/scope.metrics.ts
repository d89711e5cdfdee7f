import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { WiderCommand } from '#decision';

const STEP: Readonly<Record<WiderCommand['type'], string>> = { Reserve: 'reserve', ReadQuota: 'read', Release: 'release', Abort: 'abort' };

/** What an operator watches of limits that many grants share. */
export class ScopeMetrics {
  readonly #steps: Counter<'step' | 'failed'>;

  constructor(private readonly registry: Registry) {
    this.#steps = new Counter({ name: 'docket_scope_steps_total', help: 'Commands to the partitions of wider scopes', labelNames: ['step', 'failed'], registers: [registry] });
  }

  count(type: WiderCommand['type'], failed: boolean): void {
    this.#steps.inc({ step: STEP[type], failed: failed ? 'true' : 'false' });
  }

  watch(abandoned: () => number): void {
    new Gauge({
      name: 'docket_scope_abandoned_calls', help: 'Calls without a verdict whose reservations are still to be given back', registers: [this.registry],
      collect() { this.set(abandoned()); },
    });
  }
}
