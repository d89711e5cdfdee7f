import { Server } from '@nestjs/microservices';
import { Gauge, type Registry } from 'prom-client';
import type { Address } from '#platform';
import { McpEdge, type McpEdgeOptions } from './mcp-edge.js';

export interface McpServerOptions extends McpEdgeOptions {
  readonly metrics: Registry;
}

/** Nest's side of the edge: a transport whose messages are MCP's. */
export class McpServer extends Server {
  readonly #o: McpServerOptions;
  #edge: McpEdge | undefined;

  constructor(options: McpServerOptions) {
    super();
    this.#o = options;
    const gauge = (name: string, help: string, value: (edge: McpEdge) => number): void => {
      const edge = (): McpEdge | undefined => this.#edge;
      options.metrics.registerMetric(new Gauge({ name, help, registers: [], collect() { this.set(edge() === undefined ? 0 : value(edge()!)); } }));
    };
    gauge('docket_mcp_requests_under_way', 'MCP requests that are not answered yet.', ({ figures }) => figures.requests);
    gauge('docket_mcp_streams_open', 'Subscriptions and streams of sessions that are open.', ({ figures }) => figures.streams);
    gauge('docket_mcp_sessions_open', 'Sessions of MCP clients before 2026-07-28.', ({ figures }) => figures.sessions);
    gauge('docket_mcp_buffered_bytes', 'Bytes of bodies, answers and events that are held in memory for clients.', ({ figures }) => figures.bufferedBytes);
  }

  /** Where it listens; throws before `listen`. */
  get address(): Address {
    return this.unwrap<McpEdge>().address;
  }

  override async listen(callback: (error?: unknown, ...info: unknown[]) => void): Promise<void> {
    try {
      this.#edge = await McpEdge.start(this.#o);
      callback(undefined, this.#edge.address);
    } catch (error) {
      callback(error);
    }
  }

  /** Takes nothing new, ends streams, lets requests end; after `timeoutMs` what is left is cut. Resolves to whether all of them ended. */
  drain(timeoutMs: number): Promise<boolean> {
    return this.#edge?.stop(timeoutMs) ?? Promise.resolve(true);
  }

  override close(): Promise<boolean> {
    return this.drain(0);
  }

  override on(): never {
    throw new Error('the MCP transport has no events');
  }

  override unwrap<T>(): T {
    if (this.#edge === undefined) throw new Error('the MCP gateway does not listen yet');
    return this.#edge as T;
  }
}
