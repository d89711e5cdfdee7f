import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export const PRODUCE = 0;
const METADATA = 3;
const FIND_COORDINATOR = 10;
const HOST = '127.0.0.1';

/** What becomes of one produce request and its answer. */
export type ProduceRule =
  | { readonly kind: 'pass' }
  | { readonly kind: 'lose the answer' }
  | { readonly kind: 'delay the answer'; readonly ms: number }
  | { readonly kind: 'answer twice' }
  /** It reaches the broker so much later, whether or not the sender is still there. */
  | { readonly kind: 'deliver late'; readonly ms: number };

const PASS: ProduceRule = { kind: 'pass' };

/**
 * What stands between one process and one broker. Answers that name brokers name the proxies in front of them instead, so that all the process
 * sends goes through here. `reach` maps brokers' ports to proxies' ports.
 */
export class KafkaProxy {
  rule: () => ProduceRule = () => PASS;
  reach: ReadonlyMap<number, number> = new Map();
  readonly counts = new Map<ProduceRule['kind'], number>();
  readonly #sockets = new Set<Socket>();
  #cut: 'no' | 'refused' | 'silent' = 'no';

  private constructor(private readonly server: Server, private readonly brokerPort: number) {
    server.on('connection', (client) => this.#accept(client));
  }

  static async start(brokerPort: number): Promise<KafkaProxy> {
    const server = createServer();
    const proxy = new KafkaProxy(server, brokerPort);
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** `refused`: connections end, and new ones at once. `silent`: they stay, and nothing passes any more, ever. */
  cut(how: 'refused' | 'silent'): void {
    this.#cut = how;
    if (how === 'refused') for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#cut = 'no';
    // What was sent into the silence is lost: a network does not keep it for minutes.
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#cut === 'refused') return void client.destroy();
    const broker = connect({ host: HOST, port: this.brokerPort });
    const expected = new Map<number, { readonly api: number; readonly rule: ProduceRule }>();
    let late = 0;
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    client.once('close', () => { if (late === 0) broker.destroy(); });
    broker.once('close', () => client.destroy());
    eachFrame(client, (frame) => {
      if (this.#cut === 'silent') return;
      const api = frame.readInt16BE(4);
      const rule = api === PRODUCE ? this.rule() : PASS;
      if (api === PRODUCE) this.counts.set(rule.kind, (this.counts.get(rule.kind) ?? 0) + 1);
      expected.set(frame.readInt32BE(8), { api, rule });
      if (rule.kind !== 'deliver late') return void broker.write(frame);
      late += 1;
      setTimeout(() => {
        if (!broker.destroyed) broker.write(frame);
        late -= 1;
        // Its answer has nobody to go to, but the broker must have taken it in whole.
        if (late === 0 && client.destroyed) broker.end();
      }, rule.ms);
    });
    eachFrame(broker, (frame) => {
      if (this.#cut === 'silent' || client.destroyed) return;
      const correlation = frame.readInt32BE(4);
      const { api, rule } = expected.get(correlation) ?? { api: -1, rule: PASS };
      expected.delete(correlation);
      if (rule.kind === 'lose the answer') return;
      const answer = api === METADATA || api === FIND_COORDINATOR ? this.#readdressed(frame) : frame;
      if (rule.kind === 'delay the answer') return void setTimeout(() => { if (!client.destroyed) client.write(answer); }, rule.ms);
      client.write(answer);
      if (rule.kind === 'answer twice') client.write(answer);
    });
  }

  #readdressed(frame: Buffer): Buffer {
    for (const [from, to] of this.reach) {
      // With the length in two bytes, or, in newer versions, in one that is greater by one.
      for (const length of [Buffer.from([0, HOST.length]), Buffer.from([HOST.length + 1])]) {
        const named = Buffer.concat([length, Buffer.from(HOST), int32(from)]);
        for (let at = frame.indexOf(named); at >= 0; at = frame.indexOf(named, at + 1)) int32(to).copy(frame, at + length.length + HOST.length);
      }
    }
    return frame;
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value, 0);
  return bytes;
}

function eachFrame(socket: Socket, handle: (frame: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < 4 || length < 4 + head(chunks)) return;
    let buffered = Buffer.concat(chunks, length);
    while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
      const size = 4 + buffered.readInt32BE(0);
      handle(Buffer.from(buffered.subarray(0, size)));
      buffered = buffered.subarray(size);
    }
    chunks.splice(0, chunks.length, ...(buffered.length === 0 ? [] : [buffered]));
    length = buffered.length;
  });
}

/** The length that the frame in the making names; its first chunk may be shorter than that number. */
function head(chunks: Buffer[]): number {
  if (chunks[0]!.length < 4) chunks.splice(0, chunks.length, Buffer.concat(chunks));
  return chunks[0]!.readInt32BE(0);
}
