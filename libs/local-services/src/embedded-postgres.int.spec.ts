import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { EmbeddedPostgres, lockDatabase } from './index.js';
import { isAlive, waitUntil } from './embedded-postgres.process.js';

// Only root has these troubles; for others there is nothing to test.
const asRoot = process.getuid?.() === 0 ? test : () => undefined;
const FIXTURE = fileURLToPath(new URL('./embedded-postgres.fixture.ts', import.meta.url));

// Creating the database files costs most of the time, so the tests work on the same ones, one after another.
let root: string;
let folder: string;
let servers: EmbeddedPostgres[] = [];
let children: ChildProcess[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'docket-test-'));
  await chmod(root, 0o755);
});

beforeEach(() => {
  folder = join(root, 'data', 'postgres');
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) await server.stop();
  [children, servers] = [[], []];
});

afterAll(() => rm(root, { recursive: true, force: true }));

async function start(options: { onLost?: (error: Error) => void } = {}): Promise<EmbeddedPostgres> {
  const server = await EmbeddedPostgres.start({ folder, syncNewFiles: false, ...options });
  servers.push(server);
  return server;
}

/** Another Docket process with a server on the same folder. */
async function startElsewhere(): Promise<{ child: ChildProcess; pid: number; url: string }> {
  // In a process group of its own, as a shell starts a command: Ctrl-C goes to the whole group.
  const child = spawn(process.execPath, [FIXTURE, folder], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  children.push(child);
  const [line] = await once(child.stdout!, 'data') as [Buffer];
  return { child, ...JSON.parse(line.toString()) as { pid: number; url: string } };
}

async function query<R extends pg.QueryResultRow>(url: string, text: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

test('only one of several that start at the same moment gets the folder', async () => {
  const results = await Promise.allSettled([1, 2, 3].map(() => start()));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ reason: 'ALREADY_RUNNING' });
  }
  expect(await query(servers[0]!.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
}, 300_000);

test('keeps data over a stop and a start', async () => {
  const first = await start();
  await query(first.connectionString, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);

  const second = await start();
  expect(await query(second.connectionString, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  expect(second.adopted).toBe(false);
});

test('makes every commit durable, and listens on this machine only with a password that is nobody else\'s to read', async () => {
  const server = await start();
  const settings = await query<{ name: string; setting: string }>(server.connectionString,
    `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes',
       'listen_addresses', 'unix_socket_directories', 'data_checksums') ORDER BY name`);
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
    data_checksums: 'on', fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on',
    listen_addresses: '127.0.0.1', unix_socket_directories: '',
  });
  expect((await stat(`${folder}.password`)).mode & 0o777).toBe(0o600);
  expect((await stat(`${folder}.log`)).mode & 0o777).toBe(0o600);
  const guess = server.connectionString.replace(/:[^:@]+@/, ':wrong@');
  await expect(query(guess, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
});

test('writes no row values to its log', async () => {
  const server = await start();
  await query(server.connectionString, 'CREATE TABLE t (v text PRIMARY KEY)');
  for (let i = 0; i < 2; i += 1) await query(server.connectionString, `INSERT INTO t VALUES ('s3cret')`).catch(() => undefined);
  const log = await readFile(`${folder}.log`, 'utf8');
  expect(log).toMatch(/duplicate key value/);
  expect(log).not.toMatch(/s3cret/);
});

test('refuses a second start on the same folder in one line that names the folder and the process', async () => {
  await start();
  const refused = await EmbeddedPostgres.start({ folder }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ kind: 'failed_precondition', reason: 'ALREADY_RUNNING' });
  expect((refused as Error).message).toContain(folder);
  expect((refused as Error).message).toContain(`process ${process.pid}`);
  expect((refused as Error).message).not.toContain('\n');
});

test('adopts the server of a killed process, with its data, and stops it in the end', async () => {
  const other = await startElsewhere();
  await query(other.url, 'CREATE TABLE left_behind AS SELECT 42 AS answer');
  await expect(EmbeddedPostgres.start({ folder })).rejects.toMatchObject({
    reason: 'ALREADY_RUNNING', metadata: { pid: String(other.child.pid) },
  });

  process.kill(-other.child.pid!, 'SIGKILL');
  await once(other.child, 'exit');
  expect(isAlive(other.pid)).toBe(true);
  let server: EmbeddedPostgres | undefined;
  // PostgreSQL needs a moment to see that the lock's holder is gone.
  while (!server) server = await start().catch((error: { reason?: string }) => (error.reason === 'ALREADY_RUNNING' ? undefined : Promise.reject(error)));
  expect(server).toMatchObject({ adopted: true, pid: other.pid });
  expect(await query(server.connectionString, 'SELECT answer FROM left_behind')).toEqual([{ answer: 42 }]);
  await server.stop();
  expect(isAlive(other.pid)).toBe(false);
});

test('recovers after the server itself was killed, and tells who held it that it is gone', async () => {
  let lost: Error | undefined;
  const first = await start({ onLost: (error) => { lost = error; } });
  await query(first.connectionString, 'CREATE TABLE recovered AS SELECT 42 AS answer');
  process.kill(first.pid, 'SIGKILL');
  expect(await waitUntil(() => lost !== undefined && !isAlive(first.pid), 150_000)).toBe(true);
  const second = await start();
  expect(await query(second.connectionString, 'SELECT answer FROM recovered')).toEqual([{ answer: 42 }]);
});

test('does not mistake another process with the same number for its server', async () => {
  await writeFile(join(folder, 'postmaster.pid'), `${process.pid}\n${folder}\n1700000000\n5432\n\n127.0.0.1\n 0 0\nready   \n`);
  const server = await start();
  expect(server.adopted).toBe(false);
});

test('refuses a folder with something else in it, and a password that others can read', async () => {
  folder = join(root, 'other', 'postgres');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await expect(start()).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'POSTGRES_INITDB' });
  expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('mine');

  await chmod(`${folder}.password`, 0o644);
  await rm(folder, { recursive: true });
  await expect(start()).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'POSTGRES_PASSWORD' });
}, 300_000);

test('one process at a time works on a database, whoever runs the server', async () => {
  const server = await start();
  const url = await server.createDatabase('mine');
  const lock = await lockDatabase(url);
  await expect(lockDatabase(url)).rejects.toMatchObject({
    reason: 'ALREADY_RUNNING', message: expect.stringContaining(`127.0.0.1:${server.port}/mine`) as string,
  });
  await lock.release();
  const next = await lockDatabase(url);
  await next.release();
  const wrong = url.replace(/:[^:@]+@/, ':s3cret@');
  const failure = await lockDatabase(wrong).catch((error: unknown) => error as Error);
  expect(failure).toMatchObject({ kind: 'unavailable', reason: 'DATABASE_UNREACHABLE' });
  expect((failure as Error).message).not.toContain('s3cret');
});

test('finds its own server through a symbolic link', async () => {
  const server = await start();
  const link = join(root, 'link');
  await symlink(folder, link);
  await expect(EmbeddedPostgres.start({ folder: link })).rejects.toMatchObject({ reason: 'ALREADY_RUNNING' });
  expect(isAlive(server.pid)).toBe(true);
});

test('leaves neither a server nor files behind when tests that use a throw-away one are killed', async () => {
  const child = spawn(process.execPath, [FIXTURE], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(child.stdout, 'data') as [Buffer];
  const { pid, folder: left } = JSON.parse(line.toString()) as { pid: number; folder: string };
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  expect(await waitUntil(() => !isAlive(pid) && !existsSync(left), 150_000)).toBe(true);
}, 300_000);

asRoot('runs for root in a folder that only root may enter', async () => {
  await chmod(root, 0o700);
  const server = await start();
  expect(await query(server.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await stat(folder)).uid).not.toBe(0);
  await chmod(root, 0o755);
});

asRoot('keeps to the user who owns an existing data folder', async () => {
  execFileSync('chown', ['-R', '12345:12345', folder]);
  const server = await start();
  expect((await stat(join(folder, 'postmaster.pid'))).uid).toBe(12345);
  await server.stop();

  execFileSync('chown', ['-R', '0:0', folder]);
  await expect(start()).rejects.toMatchObject({ reason: 'POSTGRES_FOLDER_OWNER' });
});
