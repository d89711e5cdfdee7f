import { Counter, Gauge, type Registry } from 'prom-client';

export type SessionReason = 'first' | 'lost' | 'idle';

/** What an operator sees of upstreams. `server` is a server id of the configuration. */
export class UpstreamMetrics {
  readonly requests: Counter<'server' | 'outcome'>;
  readonly initialisations: Counter<'server' | 'reason'>;
  readonly probes: Counter<'server' | 'era'>;
  readonly sessions: Gauge<'server'>;
  readonly droppedTools: Counter<'server'>;
  readonly childStarts: Counter<'server' | 'reason'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({ name: 'docket_mcp_upstream_requests_total', help: 'Requests to upstreams by what came of them: answered, or the reason why not', labelNames: ['server', 'outcome'], registers });
    this.initialisations = new Counter({ name: 'docket_mcp_upstream_initialisations_total', help: 'Sessions opened with upstreams: the first of a credential, after a server had lost it (lost), after idleness (idle); none in steady state', labelNames: ['server', 'reason'], registers });
    this.probes = new Counter({ name: 'docket_mcp_upstream_probes_total', help: 'Times it was found out which era an upstream speaks, or that it cannot be found out (none)', labelNames: ['server', 'era'], registers });
    this.sessions = new Gauge({ name: 'docket_mcp_upstream_sessions', help: 'Sessions with upstreams that are open', labelNames: ['server'], registers });
    this.droppedTools = new Counter({ name: 'docket_mcp_upstream_tools_dropped_total', help: 'Tools in lists of upstreams that are not offered, since their x-mcp-header annotations are invalid', labelNames: ['server'], registers });
    this.childStarts = new Counter({ name: 'docket_mcp_upstream_child_starts_total', help: 'Child processes started: the first, after one ended by itself (ended), to speak the other era (era)', labelNames: ['server', 'reason'], registers });
  }
}
