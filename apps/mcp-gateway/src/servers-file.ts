import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '#platform';
import { urlProblem } from '#upstream';

/** What is behind one `/mcp/<server-id>`. */
export type UpstreamServer = HttpUpstream | StdioUpstream;

/** What both kinds have. */
interface Pinned {
  /** Take what is listed when the server is first seen as approved; false: everything waits for `docket tools approve`. */
  readonly trustFirstUse: boolean;
}

export interface HttpUpstream extends Pinned {
  readonly kind: 'http';
  readonly url: string;
  /** Connection of the token broker whose token every request carries; undefined: none. */
  readonly connection: string | undefined;
  /** The tool that the gateway answers itself, from the broker; only with `connection`. */
  readonly tokenTool: string;
  /** What that tool hands out: a value that is good through this gateway only, or the token itself, where the connection allows it. */
  readonly tokenDelivery: 'stand_in' | 'reveal';
}

/** A child process that speaks MCP over its standard input and output. Never through an API: this runs a program. */
export interface StdioUpstream extends Pinned {
  readonly kind: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the child; nothing of the gateway's own goes along but PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
}

/** The setting that allows servers on this machine, over plain HTTP. */
export const UPSTREAMS_ON_LOOPBACK = 'MCP_UPSTREAMS_ON_LOOPBACK';

const SERVER_ID = /^[a-z0-9-]{1,63}$/;
const FILE_BYTES_MAX = 1024 * 1024;
const text = z.string().min(1).max(4_096);

const trustFirstUse = z.boolean().default(true);

const http = z.strictObject({
  trustFirstUse,
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  connection: z.string().regex(SERVER_ID).optional(),
  tokenTool: z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/).default('refresh_access_token'),
  tokenDelivery: z.enum(['stand_in', 'reveal']).default('stand_in'),
});
const stdio = z.strictObject({
  trustFirstUse,
  command: text,
  args: z.array(z.string().max(4_096)).max(256).default([]),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(32_768)).default({}),
  cwd: text.optional(),
});
const schema = z.strictObject({ servers: z.record(z.string().regex(SERVER_ID), z.union([http, stdio])) });

/**
 * `{"servers": {"<id>": {"url": …} | {"command": …, "args": […], "env": {…}}}}`. A relative `cwd` is relative to the file. Throws a
 * ConfigError with all problems, which repeats no value. An address that requests may never go to is one; names are judged when they are looked up.
 */
export function readServersFile(path: string, { allowLoopback }: { readonly allowLoopback: boolean }): ReadonlyMap<string, UpstreamServer> {
  const refuse = (...problems: readonly string[]): never => {
    throw new ConfigError(problems.map((problem) => `MCP_SERVERS_FILE: ${problem}`));
  };
  let written = '';
  try {
    written = readFileSync(path, 'utf8');
  } catch (error) {
    refuse(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  if (written.length > FILE_BYTES_MAX) refuse(`expected at most ${FILE_BYTES_MAX} characters`);
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    refuse('expected JSON');
  }
  const read = schema.safeParse(value);
  if (!read.success) return refuse(...read.error.issues.map(({ path: where, message }) => `${where.join('.') || 'the file'}: ${message}`));
  const misplaced = Object.entries(read.data.servers).flatMap(([id, server]) => {
    const problem = 'url' in server ? urlProblem(server.url, allowLoopback, UPSTREAMS_ON_LOOPBACK) : undefined;
    return problem === undefined ? [] : [`servers.${id}.url: ${problem}`];
  });
  if (misplaced.length > 0) return refuse(...misplaced);
  return new Map(Object.entries(read.data.servers).map(([id, server]) => [id, upstreamOf(server, dirname(path))]));
}

function upstreamOf(server: z.output<typeof http> | z.output<typeof stdio>, folder: string): UpstreamServer {
  const { trustFirstUse } = server;
  if ('url' in server) return { kind: 'http', trustFirstUse, url: server.url, connection: server.connection, tokenTool: server.tokenTool, tokenDelivery: server.tokenDelivery };
  return { kind: 'stdio', trustFirstUse, command: server.command, args: server.args, env: server.env, cwd: server.cwd === undefined ? undefined : resolve(folder, server.cwd) };
}
