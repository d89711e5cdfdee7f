import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

const METHODS = new Set(['tools/list', 'tools/call', 'prompts/list', 'prompts/get', 'resources/list', 'resources/templates/list', 'resources/read', 'completion/complete']);

export interface Answered {
  readonly method: string;
  readonly era: string;
  readonly verdict: string | undefined;
  readonly outcome: string | undefined;
  readonly tookMs: number;
  readonly upstreamMs: number | undefined;
}

/** Figures of the gateway. Labels are of closed lists: nothing that a client or an upstream could fill them with. */
export class GatewayMetrics {
  readonly #requests: Counter;
  readonly #took: Histogram;
  readonly #own: Histogram;
  readonly #unsettled: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const buckets = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30, 60];
    this.#requests = new Counter({ name: 'docket_mcp_requests_total', help: 'Requests of agents, by method, verdict and what became of them', labelNames: ['method', 'era', 'verdict', 'outcome'], registers });
    this.#took = new Histogram({ name: 'docket_mcp_request_seconds', help: 'From the parsed request to its answer', labelNames: ['method'], buckets, registers });
    this.#own = new Histogram({ name: 'docket_mcp_added_seconds', help: 'The same of calls that were forwarded, without the time that the upstream took', buckets, registers });
    this.#unsettled = new Counter({ name: 'docket_mcp_settlements_failed_total', help: 'Outcomes of calls that could not be reported', registers });
  }

  answered({ method, era, verdict = 'NONE', outcome = 'NONE', tookMs, upstreamMs }: Answered): void {
    const known = METHODS.has(method) ? method : 'other';
    this.#requests.inc({ method: known, era, verdict, outcome });
    this.#took.observe({ method: known }, tookMs / 1_000);
    if (upstreamMs !== undefined) this.#own.observe(Math.max(0, tookMs - upstreamMs) / 1_000);
  }

  settlementFailed(): void {
    this.#unsettled.inc();
  }
}
