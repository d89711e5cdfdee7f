import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ConfigError, readConfig, setting } from '#platform';

const schema = z.object({
  DATA_DIR: setting.path('.docket'),
  GRPC_LISTEN: setting.address('127.0.0.1:7400'),
  HTTP_LISTEN: setting.address('127.0.0.1:7401'),
  PROJECTOR_HTTP_LISTEN: setting.address('127.0.0.1:7402'),
  TOKEN_BROKER_LISTEN: setting.address('127.0.0.1:7410'),
  TOKEN_BROKER_HTTP_LISTEN: setting.address('127.0.0.1:7411'),
  MCP_LISTEN: setting.address('127.0.0.1:7420'),
  MCP_HTTP_LISTEN: setting.address('127.0.0.1:7421'),
  CONSOLE_LISTEN: setting.address('127.0.0.1:7430'),
  CONSOLE_HTTP_LISTEN: setting.address('127.0.0.1:7431'),
});

export const DECIDERS_MAX = 8;

export const USAGE = `Usage: npm run cluster [-- --brokers 1|3] [--deciders N]

Starts Apache Kafka, PostgreSQL and Docket's apps as processes of this machine, without Docker (Java 17 and Maven needed).
Data is kept in DATA_DIR/cluster (default ./.docket/cluster); the number of brokers is fixed at the first start (default 1).
Deciders (default 1, at most ${DECIDERS_MAX}) share the log's partitions; any of them takes any call.`;

export interface ClusterConfig {
  /** undefined: as many as at the last start, one at the first. */
  readonly brokers: 1 | 3 | undefined;
  readonly deciders: number;
  /** Everything that this cluster keeps. */
  readonly folder: string;
  readonly credentialsFile: string;
  readonly grpcListen: string;
  readonly httpListen: string;
  readonly projectorHttpListen: string;
  readonly tokenBrokerListen: string;
  readonly tokenBrokerHttpListen: string;
  readonly mcpListen: string;
  readonly mcpHttpListen: string;
  readonly consoleListen: string;
  readonly consoleHttpListen: string;
  /** Handed to the apps, which read their own settings from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads the command line and the environment; undefined if only help was asked for; throws a ConfigError otherwise. */
export function clusterConfig(args: readonly string[], environment: Readonly<Record<string, string | undefined>> = process.env): ClusterConfig | undefined {
  const { brokers, deciders = '1', help } = readArguments(args);
  if (help === true) return undefined;
  if (brokers !== undefined && brokers !== '1' && brokers !== '3') throw new ConfigError([`--brokers: found "${brokers}", expected 1 or 3`]);
  if (!/^[1-9]\d?$/.test(deciders) || Number(deciders) > DECIDERS_MAX) throw new ConfigError([`--deciders: found "${deciders}", expected 1 to ${DECIDERS_MAX}`]);
  const given = readConfig(schema, environment);
  const refused = [
    ...(['GRPC_LISTEN', 'HTTP_LISTEN', 'PROJECTOR_HTTP_LISTEN', 'TOKEN_BROKER_LISTEN', 'TOKEN_BROKER_HTTP_LISTEN', 'MCP_LISTEN', 'MCP_HTTP_LISTEN', 'CONSOLE_LISTEN', 'CONSOLE_HTTP_LISTEN'] as const).filter((name) => given[name].endsWith(':0')).map((name) => `${name}: found port 0, expected a fixed one`),
    ...(['NODES_CA_FILE', 'NODES_CERT_FILE', 'NODES_KEY_FILE'] as const).filter((name) => environment[name]).map((name) => `${name}: expected to be unset; npm run cluster makes certificates for its own nodes`),
    ...(['TLS_CERT_FILE', 'TLS_KEY_FILE'] as const).filter((name) => environment[name]).map((name) => `${name}: expected to be unset; npm run cluster is for one machine and speaks plaintext`),
  ];
  if (refused.length > 0) throw new ConfigError(refused);
  const folder = join(given.DATA_DIR, 'cluster');
  return {
    brokers: brokers === undefined ? undefined : brokers === '3' ? 3 : 1,
    deciders: Number(deciders),
    folder,
    credentialsFile: join(folder, 'credentials.json'),
    grpcListen: given.GRPC_LISTEN,
    httpListen: given.HTTP_LISTEN,
    projectorHttpListen: given.PROJECTOR_HTTP_LISTEN,
    tokenBrokerListen: given.TOKEN_BROKER_LISTEN,
    tokenBrokerHttpListen: given.TOKEN_BROKER_HTTP_LISTEN,
    mcpListen: given.MCP_LISTEN,
    mcpHttpListen: given.MCP_HTTP_LISTEN,
    consoleListen: given.CONSOLE_LISTEN,
    consoleHttpListen: given.CONSOLE_HTTP_LISTEN,
    environment,
  };
}

function readArguments(args: readonly string[]): { brokers?: string | undefined; deciders?: string | undefined; help?: boolean | undefined } {
  try {
    return parseArgs({ args: [...args], options: { brokers: { type: 'string' }, deciders: { type: 'string' }, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    throw new ConfigError([`${(error as Error).message}\n${USAGE}`]);
  }
}
