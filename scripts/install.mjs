// Makes sure that node_modules is what package-lock.json says, and that it holds the pinned Node. Plain Node >= 20.19,
// no dependencies: this runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const OLDEST_NODE = [20, 19];

/** One line to people on stderr, so that a program's own output stays clean. */
export function say(line) {
  process.stderr.write(`docket: ${line}\n`);
}

/** Says why in one line and ends the process. */
export function fail(line, exitCode = 1) {
  say(line);
  process.exit(exitCode);
}

/** Installs only what is missing. Quiet when there is nothing to do; on failure shows npm's output and ends the process. */
export function ensureInstalled() {
  refuseOldNode();
  const reason = whyInstall();
  if (reason !== undefined) {
    // Through a link npm ci would empty the folder of another checkout.
    if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) fail(`${reason}, and node_modules is a link: install where it points to, or remove the link and try again.`);
    say(`${reason}; installing the dependencies (npm ci), this takes a minute …`);
    runNpm(['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional']);
  }
  if (pinnedNodeProblem() === undefined) return;
  say('the pinned Node is missing because install scripts were blocked; running them for the packages of this project …');
  runNpm(['rebuild', '--ignore-scripts=false']);
  const problem = pinnedNodeProblem();
  if (problem !== undefined) fail(`${problem}. Allow install scripts for this project, delete node_modules and try again.`);
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(`Node ${process.versions.node} started this; at least ${OLDEST_NODE.join('.')} is needed (Docket itself runs on the Node it installs).`);
}

/** npm keeps a copy of the lock of what it installed: every package that is not optional must be there in the same version. */
function whyInstall() {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return 'nothing is installed yet';
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || (entry.optional && installed[path] === undefined)) continue;
    if (installed[path]?.version !== entry.version) return `${path} is not at version ${entry.version}`;
  }
  return undefined;
}

function pinnedNodeProblem() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies.node;
  const installedPackage = join(root, 'node_modules', 'node', 'package.json');
  if (!existsSync(pinnedNode) || !existsSync(installedPackage)) return `node_modules has no Node ${wanted}`;
  const found = JSON.parse(readFileSync(installedPackage, 'utf8')).version;
  return found === wanted ? undefined : `node_modules has Node ${found}, wanted ${wanted}`;
}

function runNpm(args) {
  // The npm that started us, so that a machine with several keeps using one; else the one on the PATH.
  const npm = process.env.npm_execpath;
  const isScript = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const command = isScript ? process.execPath : 'npm';
  const result = spawnSync(command, isScript ? [npm, ...args] : args, {
    cwd: root, encoding: 'utf8', shell: !isScript && process.platform === 'win32', maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error === undefined && result.status === 0) return;
  process.stderr.write(result.stdout ?? '');
  process.stderr.write(result.stderr ?? '');
  fail(`npm ${args[0]} failed${result.error ? `: ${result.error.message}` : ''} (its output is above)`);
}
