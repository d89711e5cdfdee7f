import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, chown, link, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DocketError } from '#errors';
import type { Account } from './embedded-postgres.account.js';
import type { PostgresBinaries } from './embedded-postgres.binaries.js';
import { isAlive } from './embedded-postgres.process.js';

export const SUPERUSER = 'docket';

export function passwordFileOf(dataFolder: string): string {
  return `${dataFolder}.password`;
}

/** Reads the superuser's password. Rejects with DocketError failed_precondition / POSTGRES_PASSWORD if it is missing or open to others. */
export async function readPassword(dataFolder: string): Promise<string> {
  const file = passwordFileOf(dataFolder);
  const refused = (what: string, cause?: unknown) => new DocketError('failed_precondition', {
    reason: 'POSTGRES_PASSWORD',
    message: `${file}, the password of the PostgreSQL server in ${dataFolder}, ${what}`,
    cause,
  });
  const found = await stat(file).catch((cause: unknown) => {
    throw refused('cannot be read; restore it', cause);
  });
  if ((found.mode & 0o077) !== 0) throw refused('can be read by other users; its mode must be 0600');
  const password = await readFile(file, 'utf8');
  if (!/^[\w-]{20,200}$/.test(password)) throw refused('is damaged; restore it');
  return password;
}

/**
 * Creates the database files, unless they are there. They are made beside and renamed into place: whoever is killed in
 * between, or runs at the same time, a folder of that name is always complete.
 */
export async function createClusterIfMissing(dataFolder: string, account: Account, binaries: PostgresBinaries, syncToDisk: boolean): Promise<void> {
  if (await exists(join(dataFolder, 'PG_VERSION'))) return;
  const parent = dirname(dataFolder);
  await removeAbandoned(parent, `${basename(dataFolder)}.new-`);
  await createPassword(dataFolder);
  const password = await readPassword(dataFolder);

  const fresh = `${dataFolder}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  const passwordForInitdb = `${fresh}.password`;
  try {
    await mkdir(fresh, { mode: 0o700 });
    await writeDurably(passwordForInitdb, password);
    if (account.owner) {
      for (const path of [fresh, passwordForInitdb]) await chown(path, account.owner.uid, account.owner.gid);
    }
    await runInitdb(account, binaries, [
      '-D', fresh, '-U', SUPERUSER, `--pwfile=${passwordForInitdb}`, '--auth=scram-sha-256', '--encoding=UTF8',
      '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', ...(syncToDisk ? [] : ['--no-sync']),
    ]);
    await rename(fresh, dataFolder).catch(async (cause: unknown) => {
      if (await exists(join(dataFolder, 'PG_VERSION'))) return;
      throw new DocketError('failed_precondition', {
        reason: 'POSTGRES_INITDB',
        message: `${dataFolder} is not empty and holds no PostgreSQL database; empty it, or choose another DATA_DIR`,
        cause,
      });
    });
    await syncFolder(parent);
  } finally {
    await rm(passwordForInitdb, { force: true });
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Once written it stays: another process may have begun at the same moment, and both must use the same one. */
async function createPassword(dataFolder: string): Promise<void> {
  const file = passwordFileOf(dataFolder);
  if (await exists(file)) return;
  const draft = `${dataFolder}.new-${process.pid}-${randomBytes(4).toString('hex')}.draft`;
  await writeDurably(draft, randomBytes(24).toString('base64url'));
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  await syncFolder(dirname(file));
}

function runInitdb(account: Account, binaries: PostgresBinaries, args: readonly string[]): Promise<void> {
  const { file, args: argv, options } = account.command(binaries.initdb, args);
  return new Promise((resolve, reject) => {
    const child = spawn(file, argv, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr?.on('data', (chunk: Buffer) => { output = (output + chunk.toString()).slice(-2000); });
    const fail = (what: string) => reject(new DocketError('failed_precondition', {
      reason: 'POSTGRES_INITDB', message: `PostgreSQL's database files could not be created: ${what}`,
    }));
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => (code === 0 ? resolve() : fail(output.trim() || `initdb ended with ${signal ?? code}`)));
  });
}

async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : NaN;
    if (pid > 0 && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(file, 0o600);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Undefined if there is nothing; rejects if that cannot be told. */
export async function statIfThere(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return (await statIfThere(path)) !== undefined;
}
