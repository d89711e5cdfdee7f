import type pg from 'pg';
import { DocketError } from '#errors';
import { openPool } from '#ledger';
import type { Runtime } from '#ledger';
import type { RunQuery } from '#read-models';

/** No question may take the database longer. */
export const STATEMENT_MS_MAX = 5_000;
const CONNECTIONS_MAX = 4;
const WAITING_MAX = 60;
const CONNECT_MS = 5_000;
const STATEMENT_MS_MIN = 10;
/** The answer must still leave before the caller gives up. */
const MARGIN_MS_MAX = 250;

export interface RowsDatabaseOptions {
  readonly connectionString: string;
  readonly runtime: Runtime;
  readonly onIdleError: (error: Error) => void;
  /** Told the process that serves each connection, by its id where PostgreSQL runs. */
  readonly onBackend?: (processId: number) => void;
  readonly statementMsMax?: number;
}

/**
 * The projections' PostgreSQL, for reading only: connections of its own, few, that can change nothing, each statement
 * with a time-out and on one core. So whatever is asked here, deciding has its own connections.
 */
export class RowsDatabase {
  readonly #pool: pg.Pool;
  readonly #runtime: Runtime;
  readonly #statementMsMax: number;
  #present = 0;

  constructor({ connectionString, runtime, onIdleError, onBackend, statementMsMax = STATEMENT_MS_MAX }: RowsDatabaseOptions) {
    this.#runtime = runtime;
    this.#statementMsMax = statementMsMax;
    this.#pool = openPool({
      connectionString, name: 'docket query', max: CONNECTIONS_MAX, connectMs: CONNECT_MS, queryMs: statementMsMax + CONNECT_MS, onIdleError,
      settings: `-c default_transaction_read_only=on -c statement_timeout=${statementMsMax} -c max_parallel_workers_per_gather=0 -c jit=off -c idle_in_transaction_session_timeout=${statementMsMax}`,
    });
    if (onBackend !== undefined) this.#pool.on('connect', (client) => onBackend((client as unknown as { readonly processID: number }).processID));
  }

  /**
   * Runs `work` in one transaction that sees one moment. Rejects with DocketError: deadline_exceeded (QUERY_TIMEOUT),
   * unavailable (NOTHING_PROJECTED, PROJECTION_OUTDATED, DATABASE_UNAVAILABLE), resource_exhausted (TOO_MANY_QUERIES).
   */
  async read<T>(deadlineMs: number, work: (run: RunQuery) => Promise<T>): Promise<T> {
    if (this.#present >= CONNECTIONS_MAX + WAITING_MAX) {
      throw tooMany();
    }
    this.#present += 1;
    try {
      return await this.#read(deadlineMs, work);
    } catch (error) {
      throw explained(error);
    } finally {
      this.#present -= 1;
    }
  }

  async #read<T>(deadlineMs: number, work: (run: RunQuery) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    let trouble: unknown;
    try {
      const leftMs = deadlineMs - this.#runtime.monotonicMs();
      const statementMs = Math.floor(Math.min(this.#statementMsMax, leftMs - Math.min(MARGIN_MS_MAX, leftMs / 4)));
      if (statementMs < STATEMENT_MS_MIN) throw tooSlow();
      await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${statementMs}`);
      const answer = await work(async <R extends object>(text: string, values: readonly unknown[]) => (await client.query<R & pg.QueryResultRow>(text, [...values])).rows);
      await client.query('COMMIT');
      return answer;
    } catch (error) {
      trouble = error;
      throw error;
    } finally {
      // A server that did not answer is not asked for anything else: its connection is given up.
      const lost = trouble !== undefined && (!isAnswer(trouble) || await client.query('ROLLBACK').then(() => false, () => true));
      client.release(lost);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      // The same error says that all connections are taken, and that there is none to be had.
      const isBusy = this.#pool.totalCount >= CONNECTIONS_MAX && /^timeout exceeded/.test((error as Error).message);
      throw isBusy ? tooMany(error) : error;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/** Of the server itself, or of this process before it asked. */
function isAnswer(error: unknown): boolean {
  return error instanceof DocketError || /^[0-9A-Z]{5}$/.test(String((error as { readonly code?: unknown }).code ?? ''));
}

function tooMany(cause?: unknown): DocketError {
  return new DocketError('resource_exhausted', { reason: 'TOO_MANY_QUERIES', message: 'too many questions are waiting already', retryAfterMs: 500, cause });
}

function explained(error: unknown): unknown {
  if (error instanceof DocketError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  if (code === '57014' || message === 'Query read timeout') return tooSlow(error);
  // Undefined table or schema: the projector has never been here.
  if (code === '42P01' || code === '3F000') {
    return new DocketError('unavailable', { reason: 'NOTHING_PROJECTED', message: 'nothing is projected into this database yet: the projector must run', retryAfterMs: 2_000, cause: error });
  }
  // Undefined column: the view is that of an older version, until the new table beside it is full.
  if (code === '42703') {
    return new DocketError('unavailable', { reason: 'PROJECTION_OUTDATED', message: 'the view still shows a table of an older version; it is being filled anew (docket projections status)', retryAfterMs: 5_000, cause: error });
  }
  if (typeof code === 'string' && /^(?:E[A-Z]+|08...|53...|57P..|25P03)$/.test(code) || /^(?:Connection terminated|timeout exceeded)/.test(message ?? '')) {
    return new DocketError('unavailable', { reason: 'DATABASE_UNAVAILABLE', message: 'the database of the projections cannot be asked now', retryAfterMs: 1_000, cause: error });
  }
  return error;
}

function tooSlow(cause?: unknown): DocketError {
  return new DocketError('deadline_exceeded', {
    reason: 'QUERY_TIMEOUT', message: 'the database did not answer in time; ask for less: one grant, a shorter range of time, a smaller page', retryAfterMs: 1_000, cause,
  });
}
