import pg from 'pg';

export interface PoolOptions {
  readonly connectionString: string;
  readonly max?: number;
  /** Shown in pg_stat_activity. */
  readonly name?: string;
}

/** A connection pool that never waits for ever and does not end the process when an idle connection breaks. */
export function openPool({ connectionString, max = 4, name = 'docket' }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: name,
    max,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // It is replaced when the next one is needed.
  pool.on('error', () => undefined);
  return pool;
}
