import { createServer, connect, type Server, type Socket } from 'node:net';

export const PRODUCE = 0;

/** What becomes of one request on its way to the broker. */
export type ProxyRule = 'pass' | 'swallow the response' | 'hold the request';

/**
 * A TCP proxy in front of one Kafka broker on 127.0.0.1. It counts requests by API key, and can lose an answer or keep a
 * request back until `release`, as a network does. Metadata answers name the proxy's port in place of the broker's.
 */
export class KafkaProxy {
  readonly requests = new Map<number, number>();
  rule: (apiKey: number) => ProxyRule = () => 'pass';
  connections = 0;
  /** Of clients, that are still there. */
  open = 0;
  #held: (() => void)[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server, private readonly brokerPort: number) {
    server.on('connection', (client) => this.#accept(client));
  }

  static async start(brokerPort: number): Promise<KafkaProxy> {
    const server = createServer();
    const proxy = new KafkaProxy(server, brokerPort);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Lets the requests that were kept back reach the broker, whether or not the client is still there. */
  release(): void {
    for (const forward of this.#held) forward();
    this.#held = [];
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #accept(client: Socket): void {
    this.connections += 1;
    this.open += 1;
    client.on('close', () => { this.open -= 1; });
    const broker = connect({ host: '127.0.0.1', port: this.brokerPort });
    const lost = new Set<number>();
    const held = { count: 0 };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('close', () => { if (held.count === 0) broker.destroy(); });
    broker.on('close', () => client.destroy());
    eachFrame(client, (frame) => {
      const apiKey = frame.readInt16BE(4);
      this.requests.set(apiKey, (this.requests.get(apiKey) ?? 0) + 1);
      const rule = this.rule(apiKey);
      if (rule === 'swallow the response') lost.add(frame.readInt32BE(8));
      if (rule !== 'hold the request') return void broker.write(frame);
      held.count += 1;
      this.#held.push(() => broker.write(frame));
    });
    eachFrame(broker, (frame) => {
      if (!lost.has(frame.readInt32BE(4))) client.write(this.#readdressed(frame));
    });
  }

  #readdressed(frame: Buffer): Buffer {
    const from = addressBytes(this.brokerPort);
    for (let at = frame.indexOf(from); at >= 0 && frame.length < 65_536; at = frame.indexOf(from, at + 1)) addressBytes(this.port).copy(frame, at);
    return frame;
  }
}

function addressBytes(port: number): Buffer {
  const host = Buffer.from('127.0.0.1');
  const bytes = Buffer.alloc(2 + host.length + 4);
  bytes.writeInt16BE(host.length, 0);
  host.copy(bytes, 2);
  bytes.writeInt32BE(port, 2 + host.length);
  return bytes;
}

function eachFrame(socket: Socket, handle: (frame: Buffer) => void): void {
  let buffered = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
      const size = 4 + buffered.readInt32BE(0);
      handle(Buffer.from(buffered.subarray(0, size)));
      buffered = buffered.subarray(size);
    }
  });
}
