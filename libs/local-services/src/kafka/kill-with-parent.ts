import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Kills `child` when this process dies, also by SIGKILL, which runs no handler. A shell holds the reading end of a pipe
 * whose only writer is this process: when the pipe closes, it kills the child. Kill the shell when the child has ended.
 */
export function killWithParent(child: ChildProcess): ChildProcess {
  const watcher = spawn('sh', ['-c', 'read -r _; kill -KILL "$1" 2>/dev/null', 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'], detached: true,
  });
  // Without a shell a broker may be left over after a crash; that is no reason not to start.
  watcher.on('error', () => undefined);
  watcher.unref();
  (watcher.stdin as { unref?: () => void } | null)?.unref?.();
  return watcher;
}
