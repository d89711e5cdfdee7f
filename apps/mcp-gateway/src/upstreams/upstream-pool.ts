import { setMaxListeners } from 'node:events';
import type { Registry } from 'prom-client';
import { DocketError } from '#errors';
import type { Logger } from '#platform';
import type { Caller, McpNotification, Upstream, Upstreams } from '../ports.js';
import type { UpstreamServer } from '../servers-file.js';
import type { TokenSource } from './broker-tokens.js';
import { listenForChanges } from './changes.js';
import { GuardedTransport, type GuardedTransportOptions } from './guarded-transport.js';
import { HttpUpstreamServer } from './http.upstream.js';
import { UPSTREAM_LIMITS, type UpstreamLimits } from './limits.js';
import { StdioUpstreamServer } from './stdio.upstream.js';
import { UpstreamMetrics } from './upstream-metrics.js';

export interface UpstreamPoolOptions {
  readonly servers: ReadonlyMap<string, UpstreamServer>;
  readonly tokens: TokenSource;
  readonly transport: GuardedTransportOptions;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly limits?: Partial<UpstreamLimits>;
  readonly monotonicMs?: () => number;
}

/** How often it is looked for sessions that nobody uses. */
const SWEEP_MS = 30_000;

/** All upstreams of a gateway: connections, sessions and child processes are made when they are first needed, and kept. */
export class UpstreamPool implements Upstreams {
  readonly #o: UpstreamPoolOptions;
  readonly #transport: GuardedTransport;
  readonly #metrics: UpstreamMetrics;
  readonly #made = new Map<string, HttpUpstreamServer | StdioUpstreamServer>();
  readonly #listeners = new Set<(serverId: string, message: McpNotification) => void>();
  readonly #listening = new Set<string>();
  readonly #closed = new AbortController();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: UpstreamPoolOptions) {
    this.#o = options;
    this.#transport = new GuardedTransport(options.transport);
    this.#metrics = new UpstreamMetrics(options.metrics);
    // One of each server that is listened to.
    setMaxListeners(0, this.#closed.signal);
    this.#sweep = setInterval(() => this.closeIdle(), SWEEP_MS);
    this.#sweep.unref();
  }

  async of(serverId: string, caller: Caller | undefined): Promise<Upstream> {
    if (this.#closed.signal.aborted) throw new DocketError('unavailable', { reason: 'STOPPING', message: 'this gateway is stopping' });
    const server = this.#serverOf(serverId);
    this.#listenTo(serverId, server);
    return server.as(caller?.grantId ?? '');
  }

  connectionOf(serverId: string): string | undefined {
    const server = this.#o.servers.get(serverId);
    return server?.kind === 'http' ? server.connection : undefined;
  }

  onChanged(listener: (serverId: string, message: McpNotification) => void): () => void {
    this.#listeners.add(listener);
    for (const [serverId, server] of this.#made) this.#listenTo(serverId, server);
    return () => void this.#listeners.delete(listener);
  }

  /** Closes sessions that nobody has used for long. */
  closeIdle(): void {
    for (const server of this.#made.values()) if (server instanceof HttpUpstreamServer) server.closeIdle();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    this.#closed.abort(new Error('the gateway is stopping'));
    await Promise.all([...this.#made.values()].map((server) => server.close()));
    this.#o.tokens.close();
    this.#transport.close();
  }

  #serverOf(serverId: string): HttpUpstreamServer | StdioUpstreamServer {
    const known = this.#made.get(serverId);
    if (known !== undefined) return known;
    const server = this.#o.servers.get(serverId);
    if (server === undefined) throw new DocketError('not_found', { reason: 'SERVER_UNKNOWN', message: 'there is no upstream for this server here' });
    const { tokens, logger, transport, limits = {}, monotonicMs = () => performance.now() } = this.#o;
    const shared = { serverId, logger, metrics: this.#metrics, limits: { ...UPSTREAM_LIMITS, ...limits }, monotonicMs, onChanged: (message: McpNotification) => this.#tell(serverId, message) };
    const made = server.kind === 'http'
      ? new HttpUpstreamServer({ ...shared, url: server.url, connection: server.connection, tokens, allowLoopback: transport.allowLoopback, fetch: this.#transport.fetch })
      : new StdioUpstreamServer({ ...shared, child: server });
    this.#made.set(serverId, made);
    return made;
  }

  /** Children say everything on the one stream that they have. */
  #listenTo(serverId: string, server: HttpUpstreamServer | StdioUpstreamServer): void {
    if (!(server instanceof HttpUpstreamServer) || this.#listeners.size === 0 || this.#listening.has(serverId)) return;
    this.#listening.add(serverId);
    void listenForChanges(server, (message) => this.#tell(serverId, message), this.#closed.signal);
  }

  #tell(serverId: string, message: McpNotification): void {
    if (!/^notifications\/(?:(?:tools|prompts|resources)\/list_changed|resources\/updated)$/.test(message.method)) return;
    for (const listener of this.#listeners) listener(serverId, message);
  }
}
