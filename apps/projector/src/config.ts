import { hostname } from 'node:os';
import { z } from 'zod';
import { brokersOfKafka, logSettings, readConfig, readLogOf, setting } from '#platform';
import type { ReadLogConfig, Secret } from '#platform';

const schema = z.object({
  HTTP_LISTEN: setting.address('127.0.0.1:7402'),
  ALLOW_PLAINTEXT: setting.flag(false),
  TLS_CERT_FILE: setting.optionalPath(),
  TLS_KEY_FILE: setting.optionalPath(),
  ...logSettings,
  DATABASE_URL: setting.postgresUrl(),
  ARCHIVE_DIR: setting.optionalPath(),
  LOG_LEVEL: setting.logLevel(),
  NODE_NAME: z.string().max(100, { error: 'expected at most 100 characters' }).default(hostname()),
}).refine(...brokersOfKafka);

export interface ProjectorConfig {
  readonly node: string;
  readonly http: { readonly listen: string };
  readonly transport: { readonly tlsCertFile: string | undefined; readonly tlsKeyFile: string | undefined; readonly allowPlaintext: boolean };
  readonly log: ReadLogConfig;
  readonly databaseUrl: Secret;
  /** Archives that are read in place of the log's beginning. */
  readonly archiveDir: string | undefined;
  readonly logging: { readonly level: string };
}

/** Reads the environment; throws a ConfigError with all problems. */
export function projectorConfig(environment: Readonly<Record<string, string | undefined>> = process.env): ProjectorConfig {
  const given = readConfig(schema, environment);
  return {
    node: given.NODE_NAME,
    http: { listen: given.HTTP_LISTEN },
    transport: { tlsCertFile: given.TLS_CERT_FILE, tlsKeyFile: given.TLS_KEY_FILE, allowPlaintext: given.ALLOW_PLAINTEXT },
    log: readLogOf(given, `docket-projector-${given.NODE_NAME}`),
    databaseUrl: given.DATABASE_URL,
    archiveDir: given.ARCHIVE_DIR,
    logging: { level: given.LOG_LEVEL },
  };
}
