import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { DocketError } from '#errors';
import { chooseAccount, type Account } from './embedded-postgres.account.js';
import { findPostgresBinaries, type PostgresBinaries } from './embedded-postgres.binaries.js';
import { createClusterIfMissing, readPassword, SUPERUSER } from './embedded-postgres.cluster.js';
import { lockDatabase, type DatabaseLock } from './embedded-postgres.lock.js';
import { isAlive, isPostgresOn, readPostmasterFile, waitUntil } from './embedded-postgres.process.js';

const DATABASE = 'docket';
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const PORT_ATTEMPTS_MAX = 5;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '100',
  shared_buffers: '128MB',
  // Under full load a checkpoint every minute would write most pages whole again; replaying this much takes some seconds.
  max_wal_size: '2GB',
  jit: 'off',
  // Row values must not reach the log file: no failed statements, no details such as "key (…)=(…) already exists".
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_line_prefix: '%m [%p] ',
  logging_collector: 'off',
};

export interface EmbeddedPostgresOptions {
  /** Data folder, such as `./.docket/postgres`. Its password and log file lie beside it: `postgres.password`, `postgres.log`. */
  readonly folder: string;
  /** How long start-up may take; after a crash PostgreSQL first replays its own log. */
  readonly startTimeoutMs?: number;
  /** Patience with an orderly stop, before PostgreSQL is told to stop at once (it then recovers at the next start). */
  readonly stopTimeoutMs?: number;
  /** Called once if the server, or our lock on it, is lost while in use. */
  readonly onLost?: (error: Error) => void;
  /** False only for throw-away servers: database files are created without waiting for the disk. */
  readonly syncNewFiles?: boolean;
}

interface Server {
  readonly pid: number;
  readonly port: number;
}

/** A real PostgreSQL server of our own, on 127.0.0.1 and a free port, that this process alone works on. */
export class EmbeddedPostgres {
  readonly folder: string;
  readonly port: number;
  readonly pid: number;
  /** True if it was found running: an earlier Docket process was killed and left it behind. */
  readonly adopted: boolean;
  private readonly password: string;
  private readonly lock: DatabaseLock;
  private readonly stopTimeoutMs: number;
  private stopping: Promise<void> | undefined;

  private constructor(folder: string, server: Server, adopted: boolean, password: string, lock: DatabaseLock, stopTimeoutMs: number) {
    this.folder = folder;
    this.port = server.port;
    this.pid = server.pid;
    this.adopted = adopted;
    this.password = password;
    this.lock = lock;
    this.stopTimeoutMs = stopTimeoutMs;
  }

  /**
   * Creates the database files if there are none, starts the server (or takes over one that a killed process left
   * behind) and takes the lock `(docket, in use)`. Rejects with DocketError: failed_precondition / ALREADY_RUNNING if
   * another Docket process uses that folder, POSTGRES_… if PostgreSQL cannot be run here, unavailable / POSTGRES_START.
   */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const wanted = resolve(options.folder);
    await mkdir(dirname(wanted), { recursive: true });
    // As the system sees it: a running server is recognised by the folder it works in.
    const folder = await realpath(wanted).catch(async () => join(await realpath(dirname(wanted)), basename(wanted)));
    const binaries = await findPostgresBinaries();
    const account = await chooseAccount(folder, binaries);
    await createClusterIfMissing(folder, account, binaries, options.syncNewFiles ?? true);
    const password = await readPassword(folder);

    const timeoutMs = options.startTimeoutMs ?? 120_000;
    const stopTimeoutMs = options.stopTimeoutMs ?? 30_000;
    const left = await findRunning(folder, timeoutMs);
    const server = left ?? await startServer(folder, account, binaries, timeoutMs);
    try {
      await createDatabaseIfMissing(urlOf(server.port, password, 'postgres'), DATABASE);
      const lock = await lockDatabase(urlOf(server.port, password, DATABASE), { label: folder, onLost: options.onLost });
      return new EmbeddedPostgres(folder, server, left !== undefined, password, lock, stopTimeoutMs);
    } catch (error) {
      // If another process was quicker, the server is its own now, whoever started it.
      const isTaken = error instanceof DocketError && error.reason === 'ALREADY_RUNNING';
      if (!isTaken && !left) await stopServer(server.pid, folder, stopTimeoutMs);
      throw error;
    }
  }

  /** `postgres://…`, with the password: never to be logged. */
  get connectionString(): string {
    return this.urlOf(DATABASE);
  }

  urlOf(database: string): string {
    return urlOf(this.port, this.password, database);
  }

  async createDatabase(name: string): Promise<string> {
    await createDatabaseIfMissing(this.urlOf('postgres'), name);
    return this.urlOf(name);
  }

  /** Ends all connections and stops the server. The lock is held to the end, so that nobody adopts a server that is going down. */
  stop(): Promise<void> {
    this.stopping ??= (async () => {
      this.lock.abandon();
      await stopServer(this.pid, this.folder, this.stopTimeoutMs);
      await this.lock.release();
    })();
    return this.stopping;
  }
}

/** A server that is up on this folder, ours or not. One that is coming up or going down is waited for. */
async function findRunning(folder: string, timeoutMs: number): Promise<Server | undefined> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = readPostmasterFile(folder);
    if (!found) return undefined;
    if (!isPostgresOn(found.pid, folder)) {
      // PostgreSQL itself judges by the process id alone, which may be somebody else's by now.
      if (isAlive(found.pid)) await rm(join(folder, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (found.ready && found.port !== undefined) return { pid: found.pid, port: found.port };
    if (performance.now() > end) throw startFailed(`process ${found.pid} on ${folder} is neither coming up nor going down`);
    await waitUntil(() => readPostmasterFile(folder)?.ready !== found.ready, 100);
  }
}

async function startServer(folder: string, account: Account, binaries: PostgresBinaries, timeoutMs: number): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const logFrom = rotateLog(`${folder}.log`);
    const child = launch(folder, account, binaries, port);
    let ended: string | undefined;
    child.once('error', (error) => { ended = error.message; });
    child.once('exit', (code, signal) => { ended = `it ended with ${signal ?? code}`; });
    const isReady = () => {
      const file = readPostmasterFile(folder);
      return file?.pid === child.pid && file?.ready === true;
    };
    const settled = await waitUntil(() => ended !== undefined || isReady(), timeoutMs);
    if (ended === undefined && settled && child.pid !== undefined) {
      child.unref();
      return { pid: child.pid, port };
    }
    if (!settled) child.kill('SIGQUIT');
    const log = (await readFile(`${folder}.log`)).subarray(logFrom).toString();
    // The port was taken in between; or another process was quicker, and its server is found the next time round.
    if (/could not bind|in use/.test(log) && attempt < PORT_ATTEMPTS_MAX) {
      const other = await findRunning(folder, timeoutMs);
      if (other) return other;
      continue;
    }
    const lastLine = log.trimEnd().split('\n').filter((line) => /FATAL|PANIC|ERROR/.test(line)).at(-1);
    throw startFailed(`PostgreSQL did not start on ${folder}: ${lastLine ?? ended ?? `not ready after ${timeoutMs} ms`}; see ${folder}.log`);
  }
}

/** Detached, and writing to a file: Ctrl-C in the terminal and our own sudden death leave it working. */
function launch(folder: string, account: Account, binaries: PostgresBinaries, port: number): ChildProcess {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { file, args, options } = account.command(binaries.postgres, ['-D', folder, '-p', String(port), ...settings]);
  const log = openSync(`${folder}.log`, 'a', 0o600);
  try {
    return spawn(file, args, { ...options, detached: true, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** Returns where this start's part of the log begins. */
function rotateLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_BYTES_MAX) return size;
  renameSync(file, `${file}.1`);
  return 0;
}

async function stopServer(pid: number, folder: string, timeoutMs: number): Promise<void> {
  for (const [signal, patienceMs] of [['SIGINT', timeoutMs], ['SIGQUIT', 15_000]] as const) {
    if (!isPostgresOn(pid, folder)) return;
    process.kill(pid, signal);
    if (await waitUntil(() => !isAlive(pid), patienceMs)) return;
  }
  throw new DocketError('internal', { reason: 'POSTGRES_STOP', message: `PostgreSQL (process ${pid}) on ${folder} does not stop` });
}

async function createDatabaseIfMissing(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    // Two processes at once: the other one created it.
    if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw startFailed((error as Error).message, error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolvePort(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function urlOf(port: number, password: string, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

function startFailed(message: string, cause?: unknown): DocketError {
  return new DocketError('unavailable', { reason: 'POSTGRES_START', message, cause });
}
