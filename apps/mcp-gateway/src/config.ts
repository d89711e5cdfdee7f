import { hostname } from 'node:os';
import { z } from 'zod';
import { isLoopback, parseAddress, readConfig, setting, tracingOf, tracingSettings } from '#platform';
import type { Secret, TracingConfig } from '#platform';
import { readCredential } from './credential-file.js';
import { readServersFile } from './servers-file.js';
import type { UpstreamServer } from './servers-file.js';

const schema = z.object({
  MCP_LISTEN: setting.address('127.0.0.1:7420'),
  MCP_HTTP_LISTEN: setting.address('127.0.0.1:7421'),
  MCP_PUBLIC_URL: z.string().regex(/^https?:\/\/[^\s/?#@]+$/, { error: 'expected https://host or https://host:port, as clients reach the gateway' }).optional(),
  CONSOLE_PUBLIC_URL: z.string().refine(isPageUrl, { error: 'expected https://host or https://host:port, as approvers reach the console; http on this machine only' }).optional(),
  MCP_SERVERS_FILE: setting.optionalPath(),
  MCP_ALLOWED_ORIGINS: setting.list().optional(),
  MCP_UPSTREAMS_ON_LOOPBACK: setting.flag(false),
  DOCKET_ADDRESS: z.string().default('127.0.0.1:7400').transform((text) => text.split(',').map((part) => part.trim())).refine((all) => all.every((address) => parseAddress(address) !== undefined), { error: 'expected host:port, several separated by commas' }),
  DOCKET_TOKENS_ADDRESS: setting.address('127.0.0.1:7410'),
  DOCKET_CREDENTIAL: setting.optionalSecret(),
  DOCKET_CREDENTIAL_FILE: setting.optionalPath(),
  DOCKET_TLS: setting.flag(false),
  DOCKET_CA_FILE: setting.optionalPath(),
  ALLOW_PLAINTEXT: setting.flag(false),
  TLS_CERT_FILE: setting.optionalPath(),
  TLS_KEY_FILE: setting.optionalPath(),
  LOG_LEVEL: setting.logLevel(),
  ...tracingSettings,
  NODE_NAME: z.string().max(100, { error: 'expected at most 100 characters' }).default(hostname()),
  DRAIN_TIMEOUT_MS: setting.wholeNumber(10_000, 0, 600_000),
}).refine(({ DOCKET_CREDENTIAL: given, DOCKET_CREDENTIAL_FILE: file }) => (given === undefined) !== (file === undefined), { path: ['DOCKET_CREDENTIAL'], error: 'expected it or DOCKET_CREDENTIAL_FILE, one of the two' });

/** Whom it is sent to signs in there: never in the clear, but on this machine. */
function isPageUrl(text: string): boolean {
  const [, scheme, host] = /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/.exec(text) ?? [];
  return scheme === 'https' || (host !== undefined && isLoopback(host.replace(/^\[|\]$/g, '')));
}

/** An MCP gateway's configuration, nested by what it is about. */
export interface McpGatewayConfig {
  readonly node: string;
  readonly mcp: {
    readonly listen: string;
    /** `https://host[:port]` as clients reach it; undefined: what the request says, where that is this machine. */
    readonly publicUrl: string | undefined;
    /** Origins of web pages that may call it, beside its own. */
    readonly allowedOrigins: readonly string[];
  };
  /** Where people decide on approvals, as they reach it; undefined: nobody is sent to a page. */
  readonly console: { readonly publicUrl: string | undefined };
  readonly http: { readonly listen: string };
  readonly transport: { readonly tlsCertFile: string | undefined; readonly tlsKeyFile: string | undefined; readonly allowPlaintext: boolean };
  /** What is behind `/mcp/<server-id>`, by server id. */
  readonly servers: ReadonlyMap<string, UpstreamServer>;
  /** Upstreams on this machine, and plain HTTP to them: for demonstrations and tests. */
  readonly upstreamsOnLoopback: boolean;
  readonly docket: {
    readonly addresses: readonly string[];
    readonly tokensAddress: string;
    /** With the role `gateway`. */
    readonly credential: Secret;
    /** Whether deciders and token brokers are spoken to in TLS; plaintext goes to this machine only, unless it is allowed. */
    readonly tls: boolean;
    /** Who vouches for their certificates, PEM; undefined: the system's authorities. */
    readonly caFile: string | undefined;
    /** Instead: the certificate that both have, of whoever starts them and the gateway in one process. */
    readonly certificate?: Uint8Array;
  };
  readonly logging: { readonly level: string };
  /** undefined: nothing is traced; the agents' own traces go through. */
  readonly tracing: TracingConfig | undefined;
  readonly drainTimeoutMs: number;
}

/** Reads the environment, and the file of servers that it names; throws a ConfigError with all problems. */
export function mcpGatewayConfig(environment: Readonly<Record<string, string | undefined>> = process.env): McpGatewayConfig {
  const given = readConfig(schema, environment);
  return {
    node: given.NODE_NAME,
    mcp: { listen: given.MCP_LISTEN, publicUrl: given.MCP_PUBLIC_URL, allowedOrigins: given.MCP_ALLOWED_ORIGINS ?? [] },
    console: { publicUrl: given.CONSOLE_PUBLIC_URL },
    http: { listen: given.MCP_HTTP_LISTEN },
    transport: { tlsCertFile: given.TLS_CERT_FILE, tlsKeyFile: given.TLS_KEY_FILE, allowPlaintext: given.ALLOW_PLAINTEXT },
    servers: given.MCP_SERVERS_FILE === undefined ? new Map() : readServersFile(given.MCP_SERVERS_FILE, { allowLoopback: given.MCP_UPSTREAMS_ON_LOOPBACK }),
    upstreamsOnLoopback: given.MCP_UPSTREAMS_ON_LOOPBACK,
    docket: { addresses: given.DOCKET_ADDRESS, tokensAddress: given.DOCKET_TOKENS_ADDRESS, credential: given.DOCKET_CREDENTIAL ?? readCredential(given.DOCKET_CREDENTIAL_FILE!), tls: given.DOCKET_TLS || given.DOCKET_CA_FILE !== undefined, caFile: given.DOCKET_CA_FILE },
    logging: { level: given.LOG_LEVEL },
    tracing: tracingOf(given),
    drainTimeoutMs: given.DRAIN_TIMEOUT_MS,
  };
}
