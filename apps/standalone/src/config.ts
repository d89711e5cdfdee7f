import { join } from 'node:path';
import { z } from 'zod';
import { readConfig, setting } from '#platform';
import type { Secret } from '#platform';

type Environment = Readonly<Record<string, string | undefined>>;

const schema = z.object({
  DATA_DIR: setting.path('.docket'),
  DATABASE_URL: setting.postgresUrl().optional(),
  LOG_LEVEL: setting.logLevel(),
});

/** What standalone itself needs; the apps inside it read the same environment by their own schemas. */
export interface StandaloneConfig {
  readonly dataDir: string;
  /** undefined: a PostgreSQL server of our own under the data folder. */
  readonly databaseUrl: Secret | undefined;
  readonly logFile: string;
  readonly logLevel: string;
  readonly environment: Environment;
}

/** Reads the environment; throws a ConfigError with all problems. */
export function standaloneConfig(environment: Environment = process.env): StandaloneConfig {
  const given = readConfig(schema, environment);
  return { dataDir: given.DATA_DIR, databaseUrl: given.DATABASE_URL, logFile: join(given.DATA_DIR, 'docket.log'), logLevel: given.LOG_LEVEL, environment };
}
