import { readFileSync } from 'node:fs';
import { CliError } from './cli-error.js';

type Texts<K extends string> = Partial<Record<K, string>>;

/** Written by `npm start` and `npm run cluster`; a decider by itself writes the credentials only. */
export interface Credentials {
  readonly grpc?: string;
  /** Of `npm run cluster`: the addresses of all deciders, each as good as `grpc`. */
  readonly deciders?: readonly string[];
  /** The token broker's gRPC address. */
  readonly tokens?: string;
  readonly credentials: Texts<'gateway' | 'admin' | 'approver' | 'auditor'>;
  readonly demo: Texts<'serverId' | 'policyId' | 'grantId' | 'grantToken'>;
  readonly database?: string;
  readonly kafka?: readonly string[];
}

/**
 * Reads the file. Checked by hand: loading zod would be a quarter of this command's start-up. Throws a CliError that says
 * what is wrong where, and never what is in it, since all of it is secret.
 */
export function readCredentials(file: string): Credentials {
  const content = object(parse(file), file, 'the file');
  const credentials = texts(content['credentials'] ?? {}, file, 'credentials');
  const demo = texts(content['demo'] ?? {}, file, 'demo');
  const { grpc, tokens, database } = texts({ grpc: content['grpc'], tokens: content['tokens'], database: content['database'] }, file, '');
  const [kafka, deciders] = [addresses(content['kafka'], file, 'kafka'), addresses(content['deciders'], file, 'deciders')];
  return { credentials, demo, ...(deciders !== undefined && { deciders }), ...(grpc !== undefined && { grpc }), ...(tokens !== undefined && { tokens }), ...(database !== undefined && { database }), ...(kafka !== undefined && { kafka }) };
}

function addresses(value: unknown, file: string, where: string): readonly string[] | undefined {
  if (value === undefined || Array.isArray(value) && value.every((one) => typeof one === 'string')) return value as readonly string[] | undefined;
  throw unusable(file, `${where}: expected a list of host:port`);
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw unusable(file, error instanceof SyntaxError ? 'expected JSON' : (error as NodeJS.ErrnoException).code ?? 'it cannot be read');
  }
}

function object(value: unknown, file: string, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unusable(file, `${where}: expected an object`);
  return value as Record<string, unknown>;
}

function texts(value: unknown, file: string, where: string): Record<string, string> {
  const given = Object.entries(object(value, file, where)).filter(([, text]) => text !== undefined);
  for (const [key, text] of given) {
    if (typeof text !== 'string') throw unusable(file, `${[where, key].filter(Boolean).join('.')}: expected a string`);
  }
  return Object.fromEntries(given) as Record<string, string>;
}

function unusable(file: string, why: string): CliError {
  return new CliError(`${file} cannot be used: ${why}`);
}
