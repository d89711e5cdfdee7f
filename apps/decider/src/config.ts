import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { brokersOfKafka, GRPC_TRANSPORTS, keySettings, keysSettingsOf, logOf, logSettings, nodeFilesOf, nodesSettings, readConfig, setting, topicSettings, tracingOf, tracingSettings } from '#platform';
import type { GrpcTransport, KeysSettings, LogConfig, NodeFiles, Secret, TracingConfig } from '#platform';
import type { HeadsConfig } from '#proof';

const schema = z.object({
  GRPC_LISTEN: setting.address('127.0.0.1:7400'),
  GRPC_ADDRESS: z.string().regex(/^\S{1,255}:\d{1,5}$/, { error: 'expected host:port, where other nodes reach this one' }).optional(),
  GRPC_CA_FILE: setting.optionalPath(),
  ...nodesSettings,
  HTTP_LISTEN: setting.address('127.0.0.1:7401'),
  GRPC_TRANSPORT: z.enum(GRPC_TRANSPORTS, { error: `expected ${GRPC_TRANSPORTS.join(' or ')}` }).default('fast'),
  ALLOW_PLAINTEXT: setting.flag(false),
  TLS_CERT_FILE: setting.optionalPath(),
  TLS_KEY_FILE: setting.optionalPath(),
  ...logSettings,
  ...topicSettings,
  DATABASE_URL: setting.postgresUrl(),
  ARCHIVE_DIR: setting.optionalPath(),
  DATA_DIR: setting.path('.docket'),
  ...keySettings,
  KEYRING_CREATE: setting.flag(false),
  CREDENTIALS_FILE: setting.optionalPath(),
  CREDENTIALS_RENEW: setting.flag(false),
  DECISIONS_PARTITIONS: setting.wholeNumber(0, 0, 256),
  LOG_LEVEL: setting.logLevel(),
  LOG_DECISIONS: setting.flag(true),
  ...tracingSettings,
  NODE_NAME: z.string().max(100, { error: 'expected at most 100 characters' }).default(hostname()),
  DRAIN_TIMEOUT_MS: setting.wholeNumber(10_000, 0, 600_000),
  HEADS_SINK: z.string().regex(/^(?:https?:\/\/[^\s@#]+|(?!https?:)\S.*)$/, { error: 'expected a folder, or https://host/path without a user or password' }).optional(),
  HEADS_SINK_TOKEN: setting.optionalSecret(),
  HEADS_EVERY_MS: setting.wholeNumber(60_000, 100, 3_600_000),
}).refine(...brokersOfKafka);

/** A decider's configuration, nested by what it is about. */
export interface DeciderConfig {
  readonly node: string;
  /** `address`: where other nodes reach this one; undefined: where it listens. `caFile`: who vouches for their certificates; undefined: their own certificate. */
  readonly grpc: { readonly listen: string; readonly address: string | undefined; readonly caFile: string | undefined; readonly transport: GrpcTransport };
  readonly http: { readonly listen: string };
  readonly transport: { readonly tlsCertFile: string | undefined; readonly tlsKeyFile: string | undefined; readonly allowPlaintext: boolean };
  readonly log: LogConfig;
  /** How nodes show each other that they are nodes; undefined: they do not. */
  readonly nodes: NodeFiles | undefined;
  readonly databaseUrl: Secret;
  /** Archives that are read in place of the log's beginning. */
  readonly archiveDir: string | undefined;
  readonly keyring: KeysSettings;
  readonly heads: HeadsConfig;
  readonly credentialsFile: string;
  /** Issue new first credentials if the file has none. */
  readonly renewCredentials: boolean;
  /** undefined: as the registry has it; 16 for a new one. */
  readonly decisionsPartitions: number | undefined;
  readonly logging: { readonly level: string; readonly decisions: boolean };
  /** undefined: nothing is traced. */
  readonly tracing: TracingConfig | undefined;
  readonly drainTimeoutMs: number;
}

/** Reads the environment; throws a ConfigError with all problems. */
export function deciderConfig(environment: Readonly<Record<string, string | undefined>> = process.env): DeciderConfig {
  const given = readConfig(schema, environment);
  return {
    node: given.NODE_NAME,
    grpc: { listen: given.GRPC_LISTEN, address: given.GRPC_ADDRESS, caFile: given.GRPC_CA_FILE, transport: given.GRPC_TRANSPORT },
    http: { listen: given.HTTP_LISTEN },
    transport: { tlsCertFile: given.TLS_CERT_FILE, tlsKeyFile: given.TLS_KEY_FILE, allowPlaintext: given.ALLOW_PLAINTEXT },
    log: logOf(given, `docket-${given.NODE_NAME}`),
    nodes: nodeFilesOf(given),
    databaseUrl: given.DATABASE_URL,
    archiveDir: given.ARCHIVE_DIR,
    keyring: keysSettingsOf(given, given.KEYRING_CREATE),
    heads: { sink: given.HEADS_SINK, sinkToken: given.HEADS_SINK_TOKEN, everyMs: given.HEADS_EVERY_MS, keysFile: join(given.DATA_DIR, 'head-keys.pem') },
    credentialsFile: given.CREDENTIALS_FILE ?? join(given.DATA_DIR, 'credentials.json'),
    renewCredentials: given.CREDENTIALS_RENEW,
    decisionsPartitions: given.DECISIONS_PARTITIONS === 0 ? undefined : given.DECISIONS_PARTITIONS,
    logging: { level: given.LOG_LEVEL, decisions: given.LOG_DECISIONS },
    tracing: tracingOf(given),
    drainTimeoutMs: given.DRAIN_TIMEOUT_MS,
  };
}
