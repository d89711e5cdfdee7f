import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from './embedded-postgres.js';

/** A server for tests in a folder of its own, with the same settings as a real one (fsync included). */
export interface ThrowawayPostgres {
  readonly server: EmbeddedPostgres;
  /** An empty database; resolves to its connection string. */
  createDatabase(): Promise<string>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

export async function startThrowawayPostgres(): Promise<ThrowawayPostgres> {
  const root = await mkdtemp(join(tmpdir(), 'docket-postgres-'));
  const server = await EmbeddedPostgres.start({ folder: join(root, 'postgres'), syncNewFiles: false });
  // Ends the server if the tests are killed: `read` returns when our end of the pipe closes.
  const watcher = spawn('/bin/sh', ['-c', 'read -r _; kill -QUIT "$1" && while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"', 'sh', String(server.pid), root], {
    detached: true, stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  (watcher.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return {
    server,
    createDatabase: () => server.createDatabase(`test_${randomBytes(6).toString('hex')}`),
    async stop() {
      watcher.kill('SIGKILL');
      await server.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
