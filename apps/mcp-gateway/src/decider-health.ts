import { Client, Metadata } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { DECISION_SERVICE } from '#contracts';

const EVERY_MS = 2_000;
const CHECK_MS = 2_000;
/** HealthCheckRequest { service = 1 } and HealthCheckResponse { status = 1 }, whose SERVING is 1. */
const REQUEST = Buffer.concat([Buffer.from([0x0a, DECISION_SERVICE.length]), Buffer.from(DECISION_SERVICE)]);
const SERVING = Buffer.from([0x08, 0x01]);

/** Looks every two seconds whether any decider decides: a gateway without one takes no traffic. */
export class DeciderHealth {
  readonly #clients: readonly Client[];
  #timer: NodeJS.Timeout | undefined;
  #isServing = false;

  constructor(addresses: readonly string[], channel: ChannelCredentials) {
    this.#clients = addresses.map((address) => new Client(address, channel));
  }

  get isServing(): boolean {
    return this.#isServing;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
    this.#timer.unref();
    await this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const client of this.#clients) client.close();
  }

  async #look(): Promise<void> {
    const found = await Promise.all(this.#clients.map(serves));
    this.#isServing = found.includes(true);
  }
}

function serves(client: Client): Promise<boolean> {
  return new Promise((resolve) => {
    client.makeUnaryRequest<Buffer, Buffer>('/grpc.health.v1.Health/Check', (bytes) => bytes, (bytes) => bytes, REQUEST, new Metadata(), { deadline: Date.now() + CHECK_MS }, (error, answer) => {
      resolve(error === null && answer !== undefined && SERVING.equals(answer));
    });
  });
}
