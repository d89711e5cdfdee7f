import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const PYTHON_MIN = [3, 10] as const;

/** Packages of PyPI that a test needs, under a name that changes with their versions. */
export interface PythonPackages {
  readonly name: string;
  /** As pip takes them. */
  readonly packages: readonly string[];
}

/** Outside node_modules, so that `npm ci` does not throw it away. */
export function pythonCacheFolder({ name }: PythonPackages): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'docket', name);
}

/** Why these cannot be had here, or undefined if they can. Looks, downloads nothing. */
export function whyNoPython(wanted: PythonPackages): string | undefined {
  const python = spawnSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
  if (python.error !== undefined || python.status !== 0) return 'no Python 3 (python3) on the PATH';
  const [major = 0, minor = 0] = python.stdout.trim().split('.').map(Number);
  if (major < PYTHON_MIN[0] || major === PYTHON_MIN[0] && minor < PYTHON_MIN[1]) return `Python ${PYTHON_MIN.join('.')} or later is needed, found ${python.stdout.trim()}`;
  if (!existsSync(pythonCacheFolder(wanted)) && spawnSync('python3', ['-m', 'pip', '--version']).status !== 0) return `no pip (python3 -m pip) to get ${wanted.name} with`;
  return undefined;
}

/** The folder of the packages, for PYTHONPATH; fetched with pip the first time. */
export async function pythonFolder(wanted: PythonPackages): Promise<string> {
  const folder = pythonCacheFolder(wanted);
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  // A folder of our own, renamed when complete: a folder of the final name is therefore always whole, and of two
  // processes that do this at once, one wins and the other uses the winner's.
  const own = await mkdtemp(`${folder}.`);
  try {
    await install(wanted, own);
    await rename(own, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  return folder;
}

function install({ name, packages }: PythonPackages, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder, ...packages], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output = (output + data).slice(-2000); });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`pip could not fetch ${name} (exit code ${code}):\n${output}`));
    });
  });
}
