import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PREVIOUS_RELEASE } from './previous-release.js';

/** The repository, seen from dist/test/faults. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DECIDER = 'apps/decider/src/main.js';
const TAR_BYTES_MAX = 256 * 1024 * 1024;

/**
 * The dist folder of another build, to run beside this one. `what`: a folder (a checkout that was built, or its dist), or a revision of this repository's
 * history (or `previous`: the one named in previous-release.ts), which is compiled into `folder` with what is installed here. Throws an error for people if
 * there is neither.
 */
export function otherBuild(what: string, folder: string, root = ROOT): string {
  for (const dist of [resolve(what), resolve(what, 'dist')]) if (existsSync(join(dist, DECIDER))) return dist;
  return revisionBuild(what === 'previous' ? PREVIOUS_RELEASE : what, folder, root);
}

/** Compiles the apps of a revision into `folder`; returns their dist. Throws an error for people if history does not have it: a checkout may be without. */
export function revisionBuild(revision: string, folder: string, root: string): string {
  const commit = commitOf(revision, root);
  const checkout = join(folder, `build-${commit.slice(0, 12)}`);
  mkdirSync(checkout, { recursive: true });
  const tar = execFileSync('git', ['-C', root, 'archive', '--format=tar', commit, 'apps', 'libs', 'package.json', '.swcrc'], { maxBuffer: TAR_BYTES_MAX });
  execFileSync('tar', ['-x', '-C', checkout], { input: tar });
  if (!existsSync(join(checkout, 'node_modules'))) symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--from', checkout], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`revision ${revision} could not be built: ${stderr.trim()}`);
  return join(checkout, 'dist');
}

/** Its full hash. Throws an error for people where there is no git, no history, or not that far back. */
function commitOf(revision: string, root: string): string {
  const { status, stdout, error } = spawnSync('git', ['-C', root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`], { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`git cannot be run (${error.message})`);
  if (status !== 0) throw new Error(`${revision} is neither a folder with ${DECIDER} in it, built, nor a revision in the history of this checkout`);
  return stdout.trim();
}
