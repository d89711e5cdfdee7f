import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How somebody tried to sign in, and what came of it. */
export type SignIn = { readonly by: 'credential' | 'link'; readonly outcome: 'signed_in' | 'refused' | 'unavailable' };

/** The console's metrics. */
export class ConsoleMetrics {
  readonly #requests: Counter;
  readonly #seconds: Histogram;
  readonly #signIns: Counter;
  readonly #decisions: Counter;

  constructor(registry: Registry, sessions: () => number) {
    const registers = [registry];
    this.#requests = new Counter({ name: 'docket_console_requests_total', help: 'Requests of browsers, by route and HTTP status.', labelNames: ['route', 'status'], registers });
    this.#seconds = new Histogram({ name: 'docket_console_request_seconds', help: 'From a request to its answer.', labelNames: ['route'], buckets: SECONDS, registers });
    this.#signIns = new Counter({ name: 'docket_console_sign_ins_total', help: 'Attempts to sign in, by how and with what outcome.', labelNames: ['by', 'outcome'], registers });
    this.#decisions = new Counter({ name: 'docket_console_decisions_total', help: 'Decisions on approvals that people sent, by what the service answered.', labelNames: ['decision', 'outcome'], registers });
    const gauge: Gauge = new Gauge({ name: 'docket_console_sessions_open', help: 'People that are signed in.', registers, collect: () => void gauge.set(sessions()) });
  }

  answered(route: string, status: number, ms: number): void {
    this.#requests.inc({ route, status: String(status) });
    this.#seconds.observe({ route }, ms / 1000);
  }

  signedIn({ by, outcome }: SignIn): void {
    this.#signIns.inc({ by, outcome });
  }

  /** @param outcome `done`, or the reason of the refusal */
  decided(decision: 'approve' | 'deny', outcome: string): void {
    this.#decisions.inc({ decision, outcome });
  }
}
