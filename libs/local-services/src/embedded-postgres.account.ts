import { spawnSync, type SpawnOptions } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DocketError } from '#errors';
import type { PostgresBinaries } from './embedded-postgres.binaries.js';

const NOBODY = { uid: 65534, gid: 65534 };

/** How to run PostgreSQL's programs on this machine: as whom, and through which wrapper. */
export interface Account {
  /** Undefined: as ourselves. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** What to spawn for `program args…`. */
  command(program: string, args: readonly string[]): { file: string; args: string[]; options: SpawnOptions };
}

// No variable of ours reaches PostgreSQL: some of them are secrets. LC_ALL keeps its messages in English.
const ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const AS_OURSELVES: Account = {
  owner: undefined,
  command: (program, args) => ({ file: program, args: [...args], options: { env: ENV, cwd: '/' } }),
};

/**
 * Chooses the account for a data folder. PostgreSQL refuses to run as root, so root runs it as the folder's owner, as
 * `postgres`, or as nobody; and where that user could not reach the folder or the programs (a checkout in a folder with
 * mode 0700), with the one capability that lets it. Rejects with DocketError failed_precondition.
 */
export async function chooseAccount(dataFolder: string, binaries: PostgresBinaries): Promise<Account> {
  const ownerOfData = await stat(join(dataFolder, 'PG_VERSION')).catch((error: NodeJS.ErrnoException) =>
    (error.code === 'ENOENT' ? undefined : stat(dataFolder)));
  const ourUid = process.getuid?.();
  if (ourUid !== 0) {
    if (ownerOfData && ownerOfData.uid !== ourUid) throw notOurs(dataFolder, ownerOfData.uid);
    return AS_OURSELVES;
  }
  if (ownerOfData?.uid === 0) throw notOurs(dataFolder, 0);
  const owner = ownerOfData ? { uid: ownerOfData.uid, gid: ownerOfData.gid } : await unprivilegedUser();
  for (const account of [plain(owner), withCapability(owner)]) {
    if (reaches(account, dataFolder, binaries)) return account;
  }
  throw new DocketError('failed_precondition', {
    reason: 'POSTGRES_UNREACHABLE',
    message: `PostgreSQL does not run as root, and user ${owner.uid} can reach ${dirname(dataFolder)} or ` +
      `${binaries.nativeFolder} neither directly nor through setpriv (util-linux); use folders that other users can ` +
      'enter, run as a normal user, or set DATABASE_URL',
  });
}

function plain(owner: { uid: number; gid: number }): Account {
  return {
    owner,
    command: (program, args) => ({ file: program, args: [...args], options: { env: ENV, cwd: '/', ...owner } }),
  };
}

// no_setuid_fixup: initdb asks access(2), which judges by the real user and drops capabilities without it.
function withCapability(owner: { uid: number; gid: number }): Account {
  const wrapper = [
    '--securebits', '+no_setuid_fixup', '--reuid', String(owner.uid), '--regid', String(owner.gid), '--clear-groups',
    '--inh-caps', '+dac_override', '--ambient-caps', '+dac_override',
  ];
  return {
    owner,
    command: (program, args) => ({ file: 'setpriv', args: [...wrapper, program, ...args], options: { env: ENV, cwd: '/' } }),
  };
}

/** Tries it: permission bits alone do not tell (access lists, containers without capabilities). */
function reaches(account: Account, dataFolder: string, binaries: PostgresBinaries): boolean {
  const probe = account.command('/bin/sh', ['-c', 'test -x "$1" && test -r "$2" && "$3" --version && "$4" --version', 'sh',
    dirname(dataFolder), join(binaries.nativeFolder, 'share/postgresql/postgres.bki'), binaries.postgres, binaries.initdb]);
  return spawnSync(probe.file, probe.args, { ...probe.options, stdio: 'ignore', timeout: 10_000 }).status === 0;
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = passwd.split('\n').map((line) => line.split(':')).find(([name]) => name === 'postgres');
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  return uid > 0 && gid > 0 ? { uid, gid } : NOBODY;
}

function notOurs(dataFolder: string, uid: number): DocketError {
  return new DocketError('failed_precondition', {
    reason: 'POSTGRES_FOLDER_OWNER',
    message: `${dataFolder} belongs to user ${uid}, under which PostgreSQL cannot be run from here; ` +
      'run Docket as the user who created it, change its owner, or choose another DATA_DIR',
  });
}
