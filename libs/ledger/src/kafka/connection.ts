import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { type ApiVersions, authenticate, encodeRequest, type KafkaApi, type KafkaApis, KafkaProtocolError, type SaslOptions } from './kafkajs-protocol.js';

const RESPONSE_BYTES_MAX = 256 * 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;
const CORRELATION_ID_MAX = 0x7fff_ffff;

export interface KafkaSecurity {
  readonly clientId: string;
  /** true: TLS with the system's certificate authorities. */
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SaslOptions;
}
export interface KafkaAddress {
  readonly host: string;
  readonly port: number;
}

interface Pending {
  resolve(payload: Buffer): void;
  reject(error: Error): void;
}

/**
 * One connection to one broker. Every request is written once and has a deadline; a request that is not answered in time
 * destroys the connection and with it all that was pending: after that nothing of it leaves this machine any more.
 */
export class KafkaConnection {
  #versions: ApiVersions | undefined;
  #correlationId = 0;
  readonly #pending = new Map<number, Pending>();
  #chunks: Buffer[] = [];
  #received = 0;
  #closed: Error | undefined;
  #renewAtMs = Number.POSITIVE_INFINITY;

  private constructor(private readonly raw: Socket, private readonly socket: Socket, readonly address: KafkaAddress, private readonly clientId: string) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    for (const each of [socket, raw]) each.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy(new Error(`${address.host}:${address.port} closed the connection`)));
  }

  /** Connects, learns the broker's versions and authenticates; rejects, with nothing left behind, after `timeoutMs` or on `signal`. */
  static async open(address: KafkaAddress, security: KafkaSecurity, timeoutMs: number, signal?: AbortSignal): Promise<KafkaConnection> {
    const deadline = performance.now() + timeoutMs;
    const { raw, socket } = await connectSocket(address, security.ssl, timeoutMs, signal);
    const connection = new KafkaConnection(raw, socket, address, security.clientId);
    const onAbort = () => connection.destroy(new Error('the connection was reset while it was opened'));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await connection.#handshake(security, () => Math.max(1, deadline - performance.now()));
      return connection;
    } catch (error) {
      connection.destroy(error as Error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** False once it is destroyed or its authentication is about to end: open another. */
  get usable(): boolean {
    return this.#closed === undefined && performance.now() < this.#renewAtMs;
  }

  /** Sends one request, once. Rejects if there is no answer within `timeoutMs`; the connection is destroyed then. */
  async request<A extends KafkaApi>(api: A, body: KafkaApis[A][0], timeoutMs: number): Promise<KafkaApis[A][1]> {
    const correlationId = this.#nextCorrelationId();
    const { bytes, decode } = await encodeRequest(api, body, this.#versions, { correlationId, clientId: this.clientId });
    return decode(await this.#exchange(correlationId, bytes, timeoutMs, api));
  }

  /** Ends all pending requests with `error`. A reset, not a close: a close would still deliver what the kernel holds. */
  destroy(error: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    if (!this.raw.destroyed) this.raw.resetAndDestroy();
    this.socket.destroy();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#chunks = [];
    for (const { reject } of pending) reject(error);
  }

  async #handshake(security: KafkaSecurity, remainingMs: () => number): Promise<void> {
    const { errorCode, apiVersions } = await this.request('ApiVersions', {}, remainingMs());
    if (errorCode !== 0) throw new KafkaProtocolError(errorCode, 'asking for API versions');
    this.#versions = Object.fromEntries(apiVersions.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { minVersion, maxVersion }]));
    if (security.sasl === undefined) return;
    const lifeMs = await authenticate(security.sasl, { ...this.address, clientId: this.clientId }, this.#versions,
      () => this.#nextCorrelationId(), (id, bytes) => this.#exchange(id, bytes, remainingMs(), 'SASL'));
    if (lifeMs > 0) this.#renewAtMs = performance.now() + 0.8 * lifeMs;
  }

  #exchange(correlationId: number, bytes: Buffer, timeoutMs: number, what: string): Promise<Buffer> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise<Buffer>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.destroy(new Error(`${what}: no answer from ${this.address.host}:${this.address.port} within ${Math.round(timeoutMs)} ms`));
      }, timeoutMs);
      this.#pending.set(correlationId, {
        resolve: (payload) => { clearTimeout(timer); resolve(payload); },
        reject: (error) => { clearTimeout(timer); reject(error); },
      });
      this.socket.write(bytes);
    });
  }

  #nextCorrelationId(): number {
    this.#correlationId = this.#correlationId === CORRELATION_ID_MAX ? 1 : this.#correlationId + 1;
    return this.#correlationId;
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    while (this.#received >= 4) {
      const size = this.#peekSize();
      if (size < 4 || size > RESPONSE_BYTES_MAX) return this.destroy(new Error(`${this.address.host}:${this.address.port} does not speak Kafka's protocol`));
      if (this.#received < 4 + size) return;
      const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      const rest = all.subarray(4 + size);
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#received = rest.length;
      const correlationId = all.readInt32BE(4);
      const pending = this.#pending.get(correlationId);
      this.#pending.delete(correlationId);
      pending?.resolve(all.subarray(8, 4 + size));
    }
  }

  #peekSize(): number {
    if (this.#chunks[0]!.length < 4) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!.readInt32BE(0);
  }
}

/** `raw` is the TCP socket below TLS: only that one can be reset. */
function connectSocket({ host, port }: KafkaAddress, ssl: KafkaSecurity['ssl'], timeoutMs: number, signal?: AbortSignal): Promise<{ raw: Socket; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const raw = connectTcp({ host, port });
    const socket = ssl === undefined || ssl === false ? raw
      : connectTls({ ...(isIP(host) === 0 && { servername: host }), ...(ssl !== true && ssl), host, socket: raw });
    const finish = (error?: Error) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      for (const each of [socket, raw]) each.removeListener('error', finish);
      if (error === undefined) return resolve({ raw, socket });
      // A late second error of a socket that is being thrown away must not become an uncaught one.
      for (const each of [socket, raw]) each.on('error', () => undefined).destroy();
      reject(error);
    };
    const onAbort = () => finish(new Error('the connection was reset while it was opened'));
    const timer = setTimeout(() => finish(new Error(`could not connect to ${host}:${port} within ${Math.round(timeoutMs)} ms`)), timeoutMs);
    for (const each of new Set([socket, raw])) each.once('error', finish);
    socket.once(socket === raw ? 'connect' : 'secureConnect', () => finish());
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
