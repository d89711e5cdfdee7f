import { accessTokenMachine, findConnection, type ConnectionRecord, type TokenEvent, type TokenState } from '#access-token';
import { follow, loadNewestUsable, type EventLog, type ReadOptions, type Runtime, type SnapshotStore, type TopicPartition } from '#ledger';
import { cacheKeyOf } from '../cache/cache-key.js';

export interface TokenReplicaOptions {
  readonly log: EventLog;
  readonly topic: string;
  readonly partition: number;
  readonly runtime: Runtime;
  /** No token of this key up to this generation may be served any more: there is a newer one, or it has ended. */
  readonly onEnded: (key: string, generation: number) => void;
  /** What was remembered of the key's failures is out of date. */
  readonly onForgiven: (key: string) => void;
  /** The connection as it is after an event about it, once the log's end has been heard: for those who watch. */
  readonly onChanged?: (connection: ConnectionRecord) => void;
  /** Every event, old ones too. */
  readonly onEvent?: (event: TokenEvent, timeMs: number) => void;
  /** To begin at the newest one that can be used, not at the log's beginning. */
  readonly snapshots?: SnapshotStore;
  readonly onError?: (error: unknown) => void;
  readonly maxWaitMs?: number;
}

/** What of a connection the caches were told last. */
interface Told {
  readonly binding: string;
  readonly slots: readonly string[];
  readonly isFailing: boolean;
}

/** After a silence longer than this only a reader that has come to the log's end knows of all revocations. */
const SILENCE_MS = 2_000;

/**
 * Follows one partition of the tokens' log, as every node does, and tells the caches what has ended. It knows which tokens
 * there are and when it heard of them last; the tokens themselves are in the vault.
 */
export class TokenReplica {
  readonly #o: TokenReplicaOptions;
  readonly #told = new Map<string, Told>();
  #state: TokenState | undefined;
  #heardMs = -Infinity;

  constructor(options: TokenReplicaOptions) {
    this.#o = options;
  }

  /** When everything that was in the log had been heard, on the monotonic clock. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** A connection as the log tells it: this node may be behind by what it has not heard. */
  describe(tenant: string, connectionId: string): ConnectionRecord | undefined {
    return this.#state && findConnection(this.#state, tenant, connectionId);
  }

  /** The connections as they are here, and what else the partition holds; undefined before the first record. */
  get state(): TokenState | undefined {
    return this.#state;
  }

  /** Follows until `signal` aborts. Rejects with DocketError data_loss when the log cannot be followed any more. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, topic, partition, onError, maxWaitMs, runtime, snapshots } = this.#o;
    const from = snapshots && await loadNewestUsable(snapshots, log, accessTokenMachine(), topic, partition, () => {});
    if (from) this.#state = from.state;
    for (const connection of from?.state.connections.values() ?? []) this.#remember(connection);
    return follow<TokenState, TokenEvent>({
      log: this.#listening(), topic, partition, machine: accessTokenMachine(), signal, runtime,
      ...(from && { from }), ...(onError && { onError }), ...(maxWaitMs !== undefined && { maxWaitMs }),
      onApplied: (applied, fold) => {
        this.#state = fold.state;
        if (applied.kind !== 'event') return;
        this.#tell(applied.event);
        this.#o.onEvent?.(applied.event, applied.at.timeMs);
      },
    });
  }

  /** The log, with its answers noted: an empty one means that nothing was left when it was asked. */
  #listening(): EventLog {
    const { log, runtime } = this.#o;
    return new Proxy(log, {
      get: (target, name) => {
        if (name !== 'read') return Reflect.get(target, name, target) as unknown;
        return async (tp: TopicPartition, from: number, options?: ReadOptions) => {
          const askedAtMs = runtime.monotonicMs();
          // Nothing is known yet: whether there is anything must be known at once.
          const records = await target.read(tp, from, this.#heardMs < 0 ? { ...options, maxWaitMs: 0 } : options);
          if (records.length === 0 || askedAtMs - this.#heardMs <= SILENCE_MS) this.#heardMs = askedAtMs;
          return records;
        };
      },
    });
  }

  #tell(event: TokenEvent): void {
    const connection = event.connection_id === undefined ? undefined : this.describe(event.tenant, event.connection_id);
    if (!connection) return;
    const before = this.#told.get(nameOf(connection));
    const { isFailing } = this.#remember(connection);
    for (const slot of before?.slots ?? []) {
      const key = cacheKeyOf(this.#o.partition, before!.binding, slot);
      this.#o.onEnded(key, endedUpTo(connection, before!.binding, slot));
      if (before!.isFailing && !isFailing) this.#o.onForgiven(key);
    }
    this.#o.onChanged?.(connection);
  }

  #remember(connection: ConnectionRecord): Told {
    const isFailing = connection.status !== 'active' || connection.last_failure !== null || [...connection.slots.values()].some(({ hold }) => hold !== null);
    // Its own slot counts before it has a token: what was refused is remembered by its key, too.
    const told = { binding: connection.binding, slots: [...new Set(['', ...connection.slots.keys()])], isFailing };
    this.#told.set(nameOf(connection), told);
    return told;
  }
}

function nameOf({ tenant, connection_id }: ConnectionRecord): string {
  return `${tenant}/${connection_id}`;
}

/** The newest generation of this binding and slot that may not be served: the one before the living one, or all there were. */
export function endedUpTo(connection: ConnectionRecord, binding: string, slot: string): number {
  const token = connection.binding === binding && connection.status === 'active' ? connection.slots.get(slot)?.token : undefined;
  return token && token.ended_by === null ? token.generation - 1 : connection.generation;
}
