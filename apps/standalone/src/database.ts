import { join } from 'node:path';
import { EmbeddedPostgres, lockDatabase } from '#local-services';
import { Secret } from '#platform';
import type { StandaloneConfig } from './config.js';

/** The database that this process alone works on. */
export interface Database {
  readonly url: Secret;
  /** The server is this process's own, and so are its roles. */
  readonly isOwn: boolean;
  /** For the panel. */
  readonly title: string;
  /** Gives the lock back, and stops the server if it is ours. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded PostgreSQL, or locks the given database. Rejects with DocketError; ALREADY_RUNNING if another
 * Docket process works on it. `onLost` is called once if it goes away while in use.
 */
export async function openDatabase(config: StandaloneConfig, onLost: (error: Error) => void): Promise<Database> {
  if (config.databaseUrl === undefined) {
    const server = await EmbeddedPostgres.start({ folder: join(config.dataDir, 'postgres'), onLost });
    return { url: new Secret(server.connectionString), isOwn: true, title: 'standalone, on a PostgreSQL server of its own', stop: () => server.stop() };
  }
  const lock = await lockDatabase(config.databaseUrl.reveal(), { onLost });
  return {
    url: config.databaseUrl,
    isOwn: false,
    title: 'standalone, on the database of DATABASE_URL',
    async stop() {
      lock.abandon();
      await lock.release();
    },
  };
}
