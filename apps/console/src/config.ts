import { hostname } from 'node:os';
import { z } from 'zod';
import { ConfigError, isLoopback, parseAddress, readConfig, setting } from '#platform';

const schema = z.object({
  CONSOLE_LISTEN: setting.address('127.0.0.1:7430'),
  CONSOLE_HTTP_LISTEN: setting.address('127.0.0.1:7431'),
  CONSOLE_PUBLIC_URL: z.string().regex(/^https?:\/\/[^\s/?#@]+$/, { error: 'expected https://host or https://host:port, as people reach the console' }).optional(),
  CONSOLE_SESSION_IDLE_MINUTES: setting.wholeNumber(30, 1, 1_440),
  CONSOLE_SESSION_HOURS: setting.wholeNumber(12, 1, 168),
  DOCKET_ADDRESS: z.string().default('127.0.0.1:7400').transform((text) => text.split(',').map((part) => part.trim())).refine((all) => all.every((address) => parseAddress(address) !== undefined), { error: 'expected host:port, several separated by commas' }),
  DOCKET_TLS: setting.flag(false),
  DOCKET_CA_FILE: setting.optionalPath(),
  ALLOW_PLAINTEXT: setting.flag(false),
  TLS_CERT_FILE: setting.optionalPath(),
  TLS_KEY_FILE: setting.optionalPath(),
  LOG_LEVEL: setting.logLevel(),
  NODE_NAME: z.string().max(100, { error: 'expected at most 100 characters' }).default(hostname()),
  DRAIN_TIMEOUT_MS: setting.wholeNumber(10_000, 0, 600_000),
});

/** A console's configuration, nested by what it is about. */
export interface ConsoleConfig {
  readonly node: string;
  readonly page: {
    readonly listen: string;
    /** `https://host[:port]` as people reach it; undefined: what the request says, where that is this machine. */
    readonly publicUrl: string | undefined;
  };
  readonly sessions: { readonly idleMs: number; readonly absoluteMs: number };
  readonly http: { readonly listen: string };
  readonly transport: { readonly tlsCertFile: string | undefined; readonly tlsKeyFile: string | undefined; readonly allowPlaintext: boolean };
  readonly docket: {
    readonly addresses: readonly string[];
    /** Whether deciders are spoken to in TLS; plaintext goes to this machine only, unless it is allowed. */
    readonly tls: boolean;
    /** Who vouches for their certificates, PEM; undefined: the system's authorities. */
    readonly caFile: string | undefined;
    /** Instead: the certificate that they have, of whoever starts them and the console in one process. */
    readonly certificate?: Uint8Array;
  };
  readonly logging: { readonly level: string };
  readonly drainTimeoutMs: number;
}

/** Reads the environment; throws a ConfigError with all problems. */
export function consoleConfig(environment: Readonly<Record<string, string | undefined>> = process.env): ConsoleConfig {
  const given = readConfig(schema, environment);
  const problem = publicUrlProblem(given.CONSOLE_PUBLIC_URL, given.CONSOLE_LISTEN);
  if (problem !== undefined) throw new ConfigError([`CONSOLE_PUBLIC_URL: ${problem}`]);
  return {
    node: given.NODE_NAME,
    page: { listen: given.CONSOLE_LISTEN, publicUrl: given.CONSOLE_PUBLIC_URL },
    sessions: { idleMs: given.CONSOLE_SESSION_IDLE_MINUTES * 60_000, absoluteMs: given.CONSOLE_SESSION_HOURS * 3_600_000 },
    http: { listen: given.CONSOLE_HTTP_LISTEN },
    transport: { tlsCertFile: given.TLS_CERT_FILE, tlsKeyFile: given.TLS_KEY_FILE, allowPlaintext: given.ALLOW_PLAINTEXT },
    docket: { addresses: given.DOCKET_ADDRESS, tls: given.DOCKET_TLS || given.DOCKET_CA_FILE !== undefined, caFile: given.DOCKET_CA_FILE },
    logging: { level: given.LOG_LEVEL },
    drainTimeoutMs: given.DRAIN_TIMEOUT_MS,
  };
}

/** Cookies of a page in clear would cross the network; and whose request it is can only be told where the console's own name is known. */
function publicUrlProblem(publicUrl: string | undefined, listen: string): string | undefined {
  if (publicUrl === undefined) return isLoopback(parseAddress(listen)?.host ?? '') ? undefined : `is needed where CONSOLE_LISTEN is not this machine alone: expected https://host, as people reach the console`;
  if (!URL.canParse(publicUrl)) return 'expected https://host or https://host:port, as people reach the console';
  const { protocol, hostname: name } = new URL(publicUrl);
  return protocol === 'https:' || isLoopback(name.replace(/^\[(.*)\]$/, '$1')) ? undefined : 'expected https: a browser keeps the session’s cookie for no other page of another machine';
}
