import type pg from 'pg';
import { DocketError, type FieldViolation } from '#errors';
import type { EventLog, LogAppender, LogRecord, ReadOptions, TopicPartition, TopicSettings } from './event-log.js';
import { PostgresAppender } from './postgres/appender.js';
import { durabilityViolations } from './postgres/durability.js';
import { withPostgresErrors } from './postgres/errors.js';
import { EndWatcher } from './postgres/end-watcher.js';
import { migrate, sqlOf } from './postgres/migrations.js';
import { openPool } from './postgres/pool.js';

const READ_SQL = sqlOf('read');
const READ_BYTES = 1024 * 1024;
const READ_BYTES_MAX = 16 * 1024 * 1024;
const READ_RECORDS_MAX = 2_000;

export interface PostgresEventLogOptions {
  readonly connectionString: string;
  /** Connections for reading; each appender has one more of its own. */
  readonly readConnectionsMax?: number;
  /** How often waiting readers look for records that another process appended. */
  readonly pollMs?: number;
  /** How long an append waits for a partition's lock before it ends as unknown. */
  readonly lockTimeoutMs?: number;
}

interface RecordRow {
  next_offset: string;
  offset: string | null;
  key: Buffer | null;
  value: Buffer;
  stored_at_ms: string;
}

/** The event log in PostgreSQL (design.md 2.9): tables `ledger.record` and `ledger.head`, appends through `ledger.append`. */
export class PostgresEventLog implements EventLog {
  readonly #options: PostgresEventLogOptions;
  readonly #pool: pg.Pool;
  readonly #watcher: EndWatcher;
  readonly #appenders = new Set<LogAppender>();
  #headIds = new Map<string, number>();
  #closing: Promise<void> | undefined;

  constructor(options: PostgresEventLogOptions) {
    this.#options = options;
    this.#pool = openPool({ connectionString: options.connectionString, max: options.readConnectionsMax, name: 'docket read' });
    this.#watcher = new EndWatcher((headIds) => this.#endOffsets(headIds), options.pollMs ?? 25);
  }

  async prepare(topics: readonly TopicSettings[]): Promise<void> {
    const violations = await this.#do(async () => {
      await migrate(this.#pool);
      const found = await durabilityViolations(this.#pool);
      found.push(...await this.#tableViolations());
      for (const settings of topics) found.push(...await this.#createTopic(settings));
      await this.#loadHeads();
      return found;
    });
    if (violations.length > 0) {
      throw new DocketError('failed_precondition', {
        reason: 'LOG_SETTINGS',
        message: `the PostgreSQL event log would break Docket's promise: ${violations.map((v) => `${v.field}: ${v.description}`).join('; ')}`,
        violations,
      });
    }
  }

  laneOf(_tp: TopicPartition): string {
    return 'postgres';
  }

  openAppender(): LogAppender {
    const appender: LogAppender = new PostgresAppender({
      connectionString: this.#options.connectionString,
      lockTimeoutMs: this.#options.lockTimeoutMs ?? 2_000,
      headIdOf: (topic, partition) => {
        const id = this.#headIds.get(keyOf({ topic, partition }));
        if (id === undefined) throw unknownPartition({ topic, partition });
        return id;
      },
      onAppended: (headIds) => this.#watcher.appended(headIds),
      onClosed: () => this.#appenders.delete(appender),
    });
    this.#appenders.add(appender);
    return appender;
  }

  async read(tp: TopicPartition, fromOffset: number, options: ReadOptions = {}): Promise<LogRecord[]> {
    const { maxWaitMs = 0, signal } = options;
    const headId = await this.#headIdOf(tp);
    const found = await this.#readNow(tp, headId, fromOffset, options);
    if (found.length > 0 || maxWaitMs <= 0 || signal?.aborted || this.#closing) return found;
    await this.#watcher.wait(headId, fromOffset, maxWaitMs, signal);
    return signal?.aborted || this.#closing ? [] : this.#readNow(tp, headId, fromOffset, options);
  }

  async endOffset(tp: TopicPartition): Promise<number> {
    const headId = await this.#headIdOf(tp);
    const end = (await this.#do(() => this.#endOffsets([headId]))).get(headId);
    if (end === undefined) throw unknownPartition(tp);
    return end;
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#watcher.wakeAll();
      for (const appender of [...this.#appenders]) await appender.close();
      await this.#pool.end();
    })();
    return this.#closing;
  }

  async #readNow(tp: TopicPartition, headId: number, fromOffset: number, options: ReadOptions): Promise<LogRecord[]> {
    const maxRecords = Math.max(1, Math.min(options.maxRecords ?? READ_RECORDS_MAX, READ_RECORDS_MAX));
    const maxBytes = Math.max(1, Math.min(options.maxBytes ?? READ_BYTES, READ_BYTES_MAX));
    if (!Number.isSafeInteger(fromOffset) || fromOffset < 0) throw outOfRange(tp, fromOffset, 'is not an offset');
    const { rows } = await this.#do(() => this.#pool.query<RecordRow>({
      name: 'read', text: READ_SQL, values: [headId, fromOffset, maxRecords, maxBytes],
    }));
    const end = Number(rows[0]?.next_offset ?? 0);
    if (fromOffset > end) throw outOfRange(tp, fromOffset, `is past the log's end, ${end}`);
    if (fromOffset === end) return [];
    // A record that was acknowledged and is gone must never look like the end of the log.
    const gap = rows.findIndex((row, i) => row.offset === null || Number(row.offset) !== fromOffset + i);
    if (gap !== -1) throw await this.#missing(tp, headId, fromOffset + gap, end);
    return rows.map((row, i) => ({ offset: fromOffset + i, key: row.key, value: row.value, timestampMs: Number(row.stored_at_ms) }));
  }

  /** What an operator has archived and deleted is told from what was lost. */
  async #missing(tp: TopicPartition, headId: number, offset: number, end: number): Promise<DocketError> {
    const { rows: [head] } = await this.#do(() => this.#pool.query<{ first_offset: string; next_there: string | null }>(
      'SELECT first_offset, (SELECT min("offset") FROM ledger.record WHERE head_id = $1 AND "offset" > $2) AS next_there FROM ledger.head WHERE id = $1', [headId, offset]));
    const first = Number(head?.first_offset ?? 0);
    const there = { first_offset: String(first), ...(head !== undefined && head.next_there !== null && { next_offset: head.next_there }) };
    return outOfRange(tp, offset, offset < first ? `was archived and deleted: the log begins at ${first} now; name the archive (ARCHIVE_DIR, --from-archive)` : `is missing from the log, which ends at ${end}`, there);
  }

  async #endOffsets(headIds: readonly number[]): Promise<Map<number, number>> {
    const { rows } = await this.#pool.query<{ id: number; next_offset: string }>({
      name: 'ends', text: 'SELECT id, next_offset FROM ledger.head WHERE id = ANY ($1)', values: [headIds],
    });
    return new Map(rows.map((row) => [row.id, Number(row.next_offset)]));
  }

  async #createTopic({ topic, partitions }: TopicSettings): Promise<FieldViolation[]> {
    await this.#pool.query(
      `WITH created AS (INSERT INTO ledger.topic (name, partitions) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name)
       INSERT INTO ledger.head (topic, partition) SELECT created.name, p FROM created, generate_series(0, $2::integer - 1) AS p`,
      [topic, partitions]);
    const { rows: [row] } = await this.#pool.query<{ recorded: number; heads: string }>(
      `SELECT partitions AS recorded, (SELECT count(*) FROM ledger.head WHERE topic = name) AS heads FROM ledger.topic WHERE name = $1`, [topic]);
    const found = row?.recorded === Number(row?.heads) ? `${row?.recorded}` : `${row?.heads} of ${row?.recorded}`;
    return found === String(partitions) ? [] : [{ field: `${topic}.partitions`, description: `found ${found}, expected ${partitions}` }];
  }

  async #tableViolations(): Promise<FieldViolation[]> {
    const { rows } = await this.#pool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE oid IN ('ledger.record'::regclass, 'ledger.head'::regclass) AND relpersistence <> 'p'`);
    return rows.map(({ name }) => ({ field: `ledger.${name}`, description: 'found an unlogged table, expected a permanent one' }));
  }

  async #headIdOf(tp: TopicPartition): Promise<number> {
    const key = keyOf(tp);
    if (!this.#headIds.has(key)) await this.#do(() => this.#loadHeads());
    const id = this.#headIds.get(key);
    if (id === undefined) throw unknownPartition(tp);
    return id;
  }

  async #loadHeads(): Promise<void> {
    const { rows } = await this.#pool.query<{ id: number; topic: string; partition: number }>('SELECT id, topic, partition FROM ledger.head');
    this.#headIds = new Map(rows.map((row) => [keyOf(row), row.id]));
  }

  #do<T>(work: () => Promise<T>): Promise<T> {
    return withPostgresErrors('the event log', work);
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function unknownPartition(tp: TopicPartition): DocketError {
  return new DocketError('not_found', { reason: 'UNKNOWN_PARTITION', message: `no partition ${keyOf(tp)} in this log` });
}

/** Its metadata say where: `offset`, and if a record is missing there `first_offset` of the log, and `next_offset` that is there. */
function outOfRange(tp: TopicPartition, offset: number, what: string, there: Readonly<Record<string, string>> = {}): DocketError {
  return new DocketError('data_loss', { reason: 'OFFSET_OUT_OF_RANGE', metadata: { offset: String(offset), ...there }, message: `${keyOf(tp)}: offset ${offset} ${what}` });
}
