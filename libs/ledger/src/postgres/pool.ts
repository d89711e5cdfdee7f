import pg from 'pg';

export interface PoolOptions {
  readonly connectionString: string;
  readonly max?: number;
  /** Shown in pg_stat_activity. */
  readonly name?: string;
  readonly connectMs?: number;
  /** One statement, with its answer. */
  readonly queryMs?: number;
  /** Settings of each connection, as `-c name=value`. */
  readonly settings?: string;
  /** A connection that nobody used was lost; another one is made when it is needed. */
  readonly onIdleError?: (error: Error) => void;
}

/** A connection pool that never waits for ever and does not end the process when a connection breaks, whoever holds it. */
export function openPool({ connectionString, max = 4, name = 'docket', connectMs = 10_000, queryMs = 60_000, settings, onIdleError = () => undefined }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: name,
    max,
    connectionTimeoutMillis: connectMs,
    query_timeout: queryMs,
    keepAlive: true,
    allowExitOnIdle: true,
    ...(settings !== undefined && { options: settings }),
  });
  pool.on('error', onIdleError);
  // The pool hears an idle one only. Whoever has taken a connection and asks nothing at that moment learns of the loss when he asks again.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
