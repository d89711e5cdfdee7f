import { join } from 'node:path';
import { z } from 'zod';
import { holdsArchive } from '#archive';
import { readConfig, readTogether, setting } from '#platform';
import type { Secret } from '#platform';
import { consoleConfig } from '../../console/src/config.js';
import { deciderConfig } from '../../decider/src/config.js';
import { mcpGatewayConfig } from '../../mcp-gateway/src/config.js';
import { projectorConfig } from '../../projector/src/config.js';
import { tokenBrokerConfig } from '../../token-broker/src/config.js';

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

/**
 * Reads the environment; throws a ConfigError with all problems, those of the apps inside too: a typing error should not
 * cost a database start.
 */
export function standaloneConfig(environment: Environment = process.env): StandaloneConfig {
  const inside = appEnvironment(environment, environment['DATA_DIR'], 'postgres://checked/later');
  const [given] = readTogether(() => readConfig(schema, environment), () => deciderConfig(inside), () => projectorConfig(inside), () => tokenBrokerConfig(inside), () => mcpGatewayConfig({ ...inside, DOCKET_CREDENTIAL: 'made later', DOCKET_CREDENTIAL_FILE: undefined, DOCKET_ADDRESS: undefined, DOCKET_TOKENS_ADDRESS: undefined }), () => consoleConfig({ ...inside, DOCKET_ADDRESS: undefined }));
  return { dataDir: given.DATA_DIR, databaseUrl: given.DATABASE_URL, logFile: join(given.DATA_DIR, 'docket.log'), logLevel: given.LOG_LEVEL, environment };
}

/**
 * What the apps inside read: the keyring and the credentials are made here, since nobody else can have them, and the partner and servers of the
 * demonstration are on this machine. Archives in the data folder are the log's beginning.
 */
export function appEnvironment(environment: Environment, dataDir: string | undefined, databaseUrl: string): Environment {
  const archives = join(dataDir ?? '.docket', 'archive');
  return { ...(holdsArchive(archives) && { ARCHIVE_DIR: archives }), KEYRING_CREATE: 'true', CREDENTIALS_RENEW: 'true', TOKEN_ISSUERS_ON_LOOPBACK: 'true', MCP_UPSTREAMS_ON_LOOPBACK: 'true', ...environment, DATA_DIR: dataDir, DATABASE_URL: databaseUrl };
}
