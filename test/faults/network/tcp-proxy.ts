import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** A port of this machine that leads to another one, which may change or be out of reach for a while. */
export class TcpProxy {
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(private readonly server: Server, public target: number) {
    server.on('connection', (client) => this.#accept(client));
  }

  static async start(target: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, target);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** Ends all connections, and new ones at once, until `mend`. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#isCut) return void client.destroy();
    const server = connect({ host: '127.0.0.1', port: this.target });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
    client.pipe(server);
    server.pipe(client);
  }
}
