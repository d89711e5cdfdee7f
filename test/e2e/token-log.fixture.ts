import { accessTokenMachine, type TokenEvent, type TokenState } from '#access-token';
import { DocketError } from '#errors';
import { Fold, KafkaEventLog, partitionOf } from '#ledger';

const TOPIC = 'docket.tokens';
const PARTITIONS = 16;
const PATIENCE_MS = 120_000;
const PAUSE_MS = 100;

/** A broker on a machine that is busy may say for a moment that it leads nothing. */
async function patiently<A>(ask: () => Promise<A>): Promise<A> {
  for (const endMs = performance.now() + PATIENCE_MS; ;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof DocketError) || error.kind !== 'unavailable' || performance.now() > endMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** `docket.tokens` on a real Kafka, as any reader of it judges it: whose every partition is, and what happened to a connection. */
export class TokenLog {
  readonly #log: KafkaEventLog;
  readonly #folds = Array.from({ length: PARTITIONS }, (_, partition) => new Fold<TokenState, TokenEvent>(accessTokenMachine(), TOPIC, partition));
  /** Who has claimed a partition last, by node name. */
  readonly #owners: (string | undefined)[] = Array.from({ length: PARTITIONS }, () => undefined);
  readonly #events: TokenEvent[] = [];

  constructor(brokers: readonly string[]) {
    this.#log = new KafkaEventLog({ brokers, clientId: 'spec', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true });
  }

  /** Valid events of a connection up to now. */
  async eventsOf(connectionId: string): Promise<readonly TokenEvent[]> {
    await this.#readOn();
    return this.#events.filter(({ connection_id: id }) => id === connectionId);
  }

  async ownerOf(connectionId: string): Promise<string | undefined> {
    await this.#readOn();
    return this.#owners[partitionOf(connectionId, PARTITIONS)];
  }

  /** Each of these nodes, and nobody else, has its fair share: nothing is left to be moved. */
  async isShared(among: readonly string[]): Promise<boolean> {
    await this.#readOn();
    const counts = among.map((node) => this.#owners.filter((owner) => owner === node).length);
    return counts.reduce((sum, count) => sum + count, 0) === PARTITIONS && Math.max(...counts) - Math.min(...counts) <= 1;
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  async #readOn(): Promise<void> {
    await Promise.all(this.#folds.map(async (fold, partition) => {
      const tp = { topic: TOPIC, partition };
      for (const end = await patiently(() => this.#log.endOffset(tp)); fold.resume.offset < end;) {
        for (const record of await patiently(() => this.#log.read(tp, fold.resume.offset))) {
          const applied = fold.apply(record);
          if (applied.kind === 'claim') this.#owners[partition] = applied.node;
          if (applied.kind === 'event') this.#events.push(applied.event);
        }
      }
    }));
  }
}
