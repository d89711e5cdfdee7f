import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Counted before this process is pinned. */
const LAST = availableParallelism() - 1;

/**
 * Servers on all cores but the last, callers on that one: what callers do must not be taken from what is measured. Processes inherit it, so this
 * process goes to the servers' cores before it starts any. False where there is one core only, or no `taskset`.
 */
export function pinServers(): boolean {
  return LAST > 0 && pin(process.pid, LAST === 1 ? '0' : `0-${LAST - 1}`);
}

export function pinCallers(pid: number): void {
  pin(pid, String(LAST));
}

function pin(pid: number, cores: string): boolean {
  try {
    execFileSync('taskset', ['-a', '-p', '-c', cores, String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
