import { hostname } from 'node:os';
import pg from 'pg';
import { DocketError } from '#errors';

// "dock", 1: the key of the advisory lock (docket, in use).
const LOCK_KEYS = [0x646f636b, 1];

/** Held for as long as its connection lives; whoever holds it is the one Docket process that works on the database. */
export interface DatabaseLock {
  /** From now on the loss of the connection is expected: `onLost` is not called. The lock stays held. */
  abandon(): void;
  release(): Promise<void>;
}

export interface DatabaseLockOptions {
  /** How the database is called in messages; `host:port/database` if not given. Never a connection string, which holds a password. */
  readonly label?: string;
  readonly connectTimeoutMs?: number;
  /** Called once if the connection breaks: another process may hold the lock from now on. Not called after `abandon` or `release`. */
  readonly onLost?: (error: Error) => void;
}

/**
 * Takes the session lock `(docket, in use)` of a database. Rejects with DocketError failed_precondition /
 * ALREADY_RUNNING, naming the process that holds it, or unavailable / DATABASE_UNREACHABLE.
 */
export async function lockDatabase(connectionString: string, options: DatabaseLockOptions = {}): Promise<DatabaseLock> {
  const label = options.label ?? labelOf(connectionString);
  const client = new pg.Client({
    connectionString,
    application_name: `docket ${process.pid}@${hostname()}`.slice(0, 63),
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
  });
  let ending = false;
  client.on('error', (error) => {
    if (!ending) options.onLost?.(error);
    ending = true;
  });
  try {
    await client.connect();
    // A holder whose machine vanished must not keep the lock for the system's two hours.
    await client.query('SET idle_session_timeout = 0; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3');
    const { rows: [row] } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', LOCK_KEYS);
    if (!row?.locked) throw await alreadyRunning(client, label);
  } catch (error) {
    ending = true;
    await client.end().catch(() => undefined);
    if (error instanceof DocketError) throw error;
    throw new DocketError('unavailable', {
      reason: 'DATABASE_UNREACHABLE',
      message: `cannot use the PostgreSQL database ${label}: ${(error as Error).message}`,
      cause: error,
    });
  }
  return {
    abandon() {
      ending = true;
    },
    async release() {
      ending = true;
      await client.end().catch(() => undefined);
    },
  };
}

async function alreadyRunning(client: pg.Client, label: string): Promise<DocketError> {
  const { rows: [row] } = await client.query<{ application_name: string | null }>(
    `SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.classid = $1 AND l.objid = $2 AND l.objsubid = 2 AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`, LOCK_KEYS);
  const [, pid, host] = /^docket (\d+)@(.*)$/s.exec(row?.application_name ?? '') ?? [];
  const who = pid ? `process ${pid} on ${host}` : 'another process';
  return new DocketError('failed_precondition', {
    reason: 'ALREADY_RUNNING',
    message: `Docket is already running on ${label} (${who}); stop it first, or use another DATA_DIR or DATABASE_URL`,
    metadata: { label, ...(pid ? { pid } : {}) },
  });
}

function labelOf(connectionString: string): string {
  if (!URL.canParse(connectionString)) return 'in DATABASE_URL';
  const { host, pathname } = new URL(connectionString);
  return `${host}${pathname}`;
}
