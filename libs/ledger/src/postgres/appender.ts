import type { Socket } from 'node:net';
import pg from 'pg';
import type { AppendOutcome, LogAppender, PartitionAppend } from '../event-log.js';
import { byteaArray, int4Array } from './binary-array.js';
import { durabilityViolations } from './durability.js';

const APPEND_SQL = 'SELECT base_offsets::text, stored_at_ms FROM ledger.append($1, $2, $3, $4, $5, $6)';

export interface AppenderOptions {
  readonly connectionString: string;
  /** How long an append may wait for a partition's row, which nobody should hold for longer than another append. */
  readonly lockTimeoutMs: number;
  /** The head row's id of a partition. */
  readonly headIdOf: (topic: string, partition: number) => number;
  readonly onAppended: (headIds: readonly number[]) => void;
  readonly onClosed: () => void;
}

/** One connection and what it is doing. `lost` rejects when it is given up, and ends everything that waits on it. */
interface Connection {
  readonly client: pg.Client;
  readonly opened: Promise<void>;
  readonly lost: Promise<never>;
  readonly giveUp: (error: Error) => void;
}

/** Appends through one connection of its own, one autocommitted statement per request (design.md 2.9). */
export class PostgresAppender implements LogAppender {
  readonly #options: AppenderOptions;
  #connection: Connection | undefined;
  #closed = false;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  async append(batch: readonly PartitionAppend[], timeoutMs: number): Promise<AppendOutcome[]> {
    if (batch.length === 0) return [];
    let connection: Connection | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      if (this.#closed) throw new Error('the appender is closed');
      const request = this.#encode(batch);
      const opening = connection = this.#connection ??= this.#open();
      timer = setTimeout(() => this.#discard(opening, new Error(`no answer from PostgreSQL within ${timeoutMs} ms`)), timeoutMs);
      await Promise.race([opening.opened, opening.lost]);
      const answer = opening.client.query<[string, string]>({ name: 'append', text: APPEND_SQL, values: request.values, rowMode: 'array' });
      answer.catch(() => undefined);
      const { rows: [row] } = await Promise.race([answer, opening.lost]);
      if (row === undefined) throw new Error('PostgreSQL answered an append with nothing');
      this.#options.onAppended(request.headIds);
      return request.outcomes(row);
    } catch (error) {
      // Whatever it was, the statement may have been carried out, or still be: nobody may hear of it on this connection.
      if (connection) this.#discard(connection, error as Error);
      return batch.map(() => ({ kind: 'unknown', error: error as Error }));
    } finally {
      clearTimeout(timer);
    }
  }

  reset(): void {
    if (this.#connection) this.#discard(this.#connection, new Error('the connection was reset'));
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#connection) this.#discard(this.#connection, new Error('the appender was closed'));
    this.#options.onClosed();
  }

  #open(): Connection {
    const { connectionString, lockTimeoutMs } = this.#options;
    const client = new pg.Client({ connectionString, application_name: 'docket append', keepAlive: true });
    const { promise: lost, reject: giveUp } = Promise.withResolvers<never>();
    lost.catch(() => undefined);
    const connection: Connection = { client, lost, giveUp, opened: this.#prepareSession(client, lockTimeoutMs) };
    connection.opened.catch(() => undefined);
    client.on('error', (error) => this.#discard(connection, error));
    client.on('end', () => this.#discard(connection, new Error('PostgreSQL closed the connection')));
    return connection;
  }

  async #prepareSession(client: pg.Client, lockTimeoutMs: number): Promise<void> {
    await client.connect();
    await client.query(`SET default_transaction_isolation = 'read committed'; SET lock_timeout = ${lockTimeoutMs}`);
    const violations = await durabilityViolations(client);
    if (violations.length > 0) {
      throw new Error(`PostgreSQL would lose acknowledged records: ${violations.map((v) => `${v.field} ${v.description}`).join('; ')}`);
    }
  }

  #discard(connection: Connection, error: Error): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.giveUp(error);
    destroySocket((connection.client as unknown as { connection: { stream: Socket } }).connection.stream);
  }

  #encode(batch: readonly PartitionAppend[]) {
    const headIds = batch.map(({ topic, partition }) => this.#options.headIdOf(topic, partition));
    const order = headIds.map((_, i) => i).sort((a, b) => headIds[a]! - headIds[b]!);
    const [slots, positions, keys, values]: [number[], number[], (Uint8Array | null)[], Uint8Array[]] = [[], [], [], []];
    order.forEach((index, slot) => batch[index]!.records.forEach((record, position) => {
      slots.push(slot + 1);
      positions.push(position);
      keys.push(record.key);
      values.push(record.value);
    }));
    return {
      headIds,
      values: [
        int4Array(order.map((i) => headIds[i]!)), int4Array(order.map((i) => batch[i]!.records.length)),
        int4Array(slots), int4Array(positions), byteaArray(keys), byteaArray(values),
      ],
      outcomes([baseOffsets, logTimeMs]: [string, string]): AppendOutcome[] {
        const bases = baseOffsets.slice(1, -1).split(',').map(Number);
        const outcomes: AppendOutcome[] = [];
        order.forEach((index, slot) => {
          outcomes[index] = { kind: 'acknowledged', baseOffset: bases[slot]!, logTimeMs: Number(logTimeMs) };
        });
        return outcomes;
      },
    };
  }
}

/** With a reset where the socket allows it: what the kernel has not sent yet is then never sent. */
function destroySocket(socket: Socket): void {
  try {
    if (!socket.destroyed) socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}
