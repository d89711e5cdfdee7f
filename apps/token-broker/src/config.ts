import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { brokersOfKafka, GRPC_TRANSPORTS, keySettings, keysSettingsOf, logOf, logSettings, nodeFilesOf, nodesSettings, readConfig, setting, topicSettings, tracingOf, tracingSettings } from '#platform';
import type { GrpcTransport, KeysSettings, LogConfig, NodeFiles, Secret, TracingConfig } from '#platform';
import type { HeadsConfig } from '#proof';

const schema = z.object({
  TOKEN_BROKER_LISTEN: setting.address('127.0.0.1:7410'),
  TOKEN_BROKER_HTTP_LISTEN: setting.address('127.0.0.1:7411'),
  TOKEN_BROKER_ADDRESS: z.string().regex(/^\S{1,255}:\d{1,5}$/, { error: 'expected host:port, where other nodes reach this one' }).optional(),
  TOKEN_BROKER_CA_FILE: setting.optionalPath(),
  ...nodesSettings,
  TOKEN_ISSUERS_ON_LOOPBACK: setting.flag(false),
  TOKEN_MINTS_PER_MINUTE: setting.wholeNumber(6000, 1, 1_000_000),
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
  LOG_LEVEL: setting.logLevel(),
  ...tracingSettings,
  NODE_NAME: z.string().max(100, { error: 'expected at most 100 characters' }).default(hostname()),
  DRAIN_TIMEOUT_MS: setting.wholeNumber(10_000, 0, 600_000),
  HEADS_SINK: z.string().regex(/^(?:https?:\/\/[^\s@#]+|(?!https?:)\S.*)$/, { error: 'expected a folder, or https://host/path without a user or password' }).optional(),
  HEADS_SINK_TOKEN: setting.optionalSecret(),
  HEADS_EVERY_MS: setting.wholeNumber(60_000, 100, 3_600_000),
}).refine(...brokersOfKafka);

/** A token broker's configuration, nested by what it is about. */
export interface TokenBrokerConfig {
  readonly node: string;
  /** `address`: where other nodes reach this one; undefined: where it listens. */
  readonly grpc: { readonly listen: string; readonly address: string | undefined; readonly transport: GrpcTransport };
  readonly http: { readonly listen: string };
  readonly transport: { readonly tlsCertFile: string | undefined; readonly tlsKeyFile: string | undefined; readonly allowPlaintext: boolean };
  readonly log: LogConfig;
  readonly databaseUrl: Secret;
  /** Archives that are read in place of the log's beginning. */
  readonly archiveDir: string | undefined;
  /** Never made here: the decider makes it, where it may be made at all. */
  readonly keyring: KeysSettings;
  readonly heads: HeadsConfig;
  /** Who vouches for the other nodes' certificates; undefined: they have this node's own. */
  readonly nodesCaFile: string | undefined;
  /** How nodes show each other that they are nodes; undefined: they do not. */
  readonly nodes: NodeFiles | undefined;
  /** Token endpoints on this machine, and plain HTTP to them: for demonstrations and tests. */
  readonly issuersOnLoopback: boolean;
  /** Of all connections together, on all nodes. */
  readonly mintsPerMinuteMax: number;
  readonly logging: { readonly level: string };
  /** undefined: nothing is traced. */
  readonly tracing: TracingConfig | undefined;
  readonly drainTimeoutMs: number;
}

/** Reads the environment; throws a ConfigError with all problems. */
export function tokenBrokerConfig(environment: Readonly<Record<string, string | undefined>> = process.env): TokenBrokerConfig {
  const given = readConfig(schema, environment);
  return {
    node: given.NODE_NAME,
    grpc: { listen: given.TOKEN_BROKER_LISTEN, address: given.TOKEN_BROKER_ADDRESS, transport: given.GRPC_TRANSPORT },
    http: { listen: given.TOKEN_BROKER_HTTP_LISTEN },
    transport: { tlsCertFile: given.TLS_CERT_FILE, tlsKeyFile: given.TLS_KEY_FILE, allowPlaintext: given.ALLOW_PLAINTEXT },
    log: logOf(given, `docket-tokens-${given.NODE_NAME}`),
    databaseUrl: given.DATABASE_URL,
    archiveDir: given.ARCHIVE_DIR,
    keyring: keysSettingsOf(given, false),
    heads: { sink: given.HEADS_SINK, sinkToken: given.HEADS_SINK_TOKEN, everyMs: given.HEADS_EVERY_MS, keysFile: join(given.DATA_DIR, 'head-keys.pem') },
    nodesCaFile: given.TOKEN_BROKER_CA_FILE,
    nodes: nodeFilesOf(given),
    issuersOnLoopback: given.TOKEN_ISSUERS_ON_LOOPBACK,
    mintsPerMinuteMax: given.TOKEN_MINTS_PER_MINUTE,
    logging: { level: given.LOG_LEVEL },
    tracing: tracingOf(given),
    drainTimeoutMs: given.DRAIN_TIMEOUT_MS,
  };
}
