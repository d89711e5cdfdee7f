import { explainFailure } from '#platform';
import type { EventLog } from '#ledger';
import { TokenReplica, type TokenReplicaOptions } from '../replica/token-replica.js';

export interface ReplicasOptions extends Omit<TokenReplicaOptions, 'partition' | 'onError'> {
  readonly log: EventLog;
  readonly partitions: number;
  readonly onAlarm: (message: string) => void;
}

const LOOK_MS = 10;
/** A reader asks the log again this often when nothing comes: below the silence after which a replica trusts an empty answer only. */
const LONG_POLL_MS = 1_500;

/** This node's ear on every partition of the tokens' log. */
export class Replicas {
  readonly all: readonly TokenReplica[];
  readonly #o: ReplicasOptions;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #problem: string | undefined;

  constructor(options: ReplicasOptions) {
    this.#o = options;
    const { onAlarm, partitions, ...shared } = options;
    this.all = Array.from({ length: partitions }, (_, partition) => new TokenReplica({ maxWaitMs: LONG_POLL_MS, ...shared, partition }));
  }

  /** Why a partition cannot be followed any more; undefined while all are. */
  get problem(): string | undefined {
    return this.#problem;
  }

  start(): void {
    this.#running = Promise.all(this.all.map((replica) => replica.run(this.#stopping.signal).catch((error: unknown) => {
      this.#problem = explainFailure(error);
      this.#o.onAlarm(`the tokens' log is not followed any more: ${this.#problem}`);
    })));
  }

  /** Resolves when all that is in the log has been heard; rejects when it cannot be. */
  async caughtUp(): Promise<void> {
    while (this.all.some(({ heardMs }) => heardMs < 0)) {
      if (this.#problem !== undefined) throw new Error(`the tokens' log cannot be read: ${this.#problem}`);
      await new Promise<void>((resolve) => this.#o.runtime.after(LOOK_MS, resolve));
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}
