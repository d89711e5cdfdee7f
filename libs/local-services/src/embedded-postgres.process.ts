import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What `postmaster.pid` in a data folder says; PostgreSQL writes it line by line as it comes up. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly ready: boolean;
}

/** Undefined if there is no such file or it holds no process id yet. */
export function readPostmasterFile(dataFolder: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return pid > 0 ? { pid, port: port > 0 ? port : undefined, ready: lines[7]?.trim() === 'ready' } : undefined;
}

/** Whether a process of this id runs: one that has ended and that nobody has reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

// In a container whose first process reaps nobody, a dead orphan keeps its process id.
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Whether a live process is a PostgreSQL server on that folder. Process ids are used again (in containers after every
 * restart), so the file alone proves nothing. In doubt: yes.
 */
export function isPostgresOn(pid: number, dataFolder: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === dataFolder;
  } catch {
    // No /proc, or another user's process.
  }
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(basename(dataFolder));
  } catch {
    return isAlive(pid);
  }
}

/** Waits until `condition` holds; false if it did not within `timeoutMs`. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    await delay(10);
  }
  return true;
}
