import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { Address } from '#platform';
import { McpEdge, type McpEdgeOptions } from './edge/mcp-edge.js';

/** The edge as Nest's one transport: Nest starts and stops it. */
export class McpTransport extends Server implements CustomTransportStrategy {
  #edge: McpEdge | undefined;

  constructor(private readonly settings: McpEdgeOptions) {
    super();
  }

  /** Where it listens; throws before `listen`. */
  get address(): Address {
    if (this.#edge === undefined) throw new Error('the MCP gateway does not listen yet');
    return this.#edge.address;
  }

  listen(done: (error?: unknown) => void): void {
    McpEdge.start(this.settings).then((edge) => {
      this.#edge = edge;
      done();
    }, done);
  }

  /** Takes nothing new, and gives what is under way so long. */
  async drain(timeoutMs: number): Promise<void> {
    await this.#edge?.stop(timeoutMs);
  }

  close(): void {
    void this.#edge?.stop(0);
  }

  on(): never {
    throw new Error('the MCP gateway has no events');
  }

  unwrap<T>(): T {
    return this.#edge as T;
  }
}
