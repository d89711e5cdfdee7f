import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KAFKA_VERSION } from './settings.js';

const JAVA_MIN = 17;

/** Where the jars are kept: outside node_modules, so that `npm ci` does not throw 44 MB away. */
export function kafkaCacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'docket', `kafka-${KAFKA_VERSION}`);
}

/** Why Kafka cannot be started from Java and Maven here, or undefined if it can. Looks, downloads nothing. */
export function whyNoLocalKafka(): string | undefined {
  const java = spawnSync(javaCommand(), ['-version'], { encoding: 'utf8' });
  if (java.error !== undefined) return `no Java ${JAVA_MIN} or later (JAVA_HOME or PATH)`;
  const major = Number(/version "(\d+)/.exec(java.stderr)?.[1] ?? 0);
  if (major < JAVA_MIN) return `Java ${JAVA_MIN} or later is needed, found ${major === 0 ? 'an unknown version' : major}`;
  if (!existsSync(kafkaCacheFolder()) && !onPath('mvn')) return 'no Maven (mvn) on the PATH to get the Kafka jars with';
  return undefined;
}

/** The class path of Apache Kafka, fetched with Maven the first time (about 10 s, 44 MB). */
export async function kafkaClassPath(): Promise<string> {
  const folder = kafkaCacheFolder();
  if (!existsSync(folder)) await fetchJars(folder);
  return join(folder, '*');
}

export function javaCommand(): string {
  const home = process.env['JAVA_HOME'];
  return home ? join(home, 'bin', 'java') : 'java';
}

async function fetchJars(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  // A folder of our own, renamed when complete: a folder of the final name is therefore always whole, and of two
  // processes that do this at once, one wins and the other uses the winner's.
  const own = await mkdtemp(`${folder}.`);
  try {
    await run('mvn', ['-q', '-B', '-f', pomFile(), 'dependency:copy-dependencies', `-DoutputDirectory=${own}`]);
    await rename(own, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output = (output + data).slice(-2000); });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} could not fetch Apache Kafka ${KAFKA_VERSION} (exit code ${code}):\n${output}`));
    });
  });
}

/** The compiled file is under dist/, the pom is not: it is found by walking up to the project's folder. */
function pomFile(): string {
  const relative = join('libs', 'local-services', 'kafka', 'pom.xml');
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, relative))) return join(folder, relative);
  }
  throw new Error(`${relative} is missing: Kafka can only be fetched from a checkout of the project`);
}

function onPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
