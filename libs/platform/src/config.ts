import { resolve } from 'node:path';
import { z } from 'zod';
import { parseAddress } from './address.js';
import { Secret } from './secret.js';

/** A configuration that cannot be used; the message lists every problem, one a line, and no value of a secret. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads environment variables by a zod schema whose keys are their names. Frozen; throws one ConfigError with all problems.
 * Some of them are secret: Node's reports leave the environment out from here on; those of a want of memory do only with
 * `--report-exclude-env`, which npm scripts and containers set.
 */
export function readConfig<S extends z.ZodType>(schema: S, environment: Readonly<Record<string, string | undefined>>): z.output<S> {
  process.report.excludeEnv = true;
  // An empty variable is an unset one: that is how a compose file or a shell says "use the default".
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return deepFreeze(result.data);
  throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.') || 'environment'}: ${issue.message}`));
}

/** Reads several configurations of one process; throws one ConfigError with the problems of all of them, each once. */
export function readTogether<const T extends readonly (() => unknown)[]>(...readers: T): { [K in keyof T]: ReturnType<T[K]> } {
  const problems = new Set<string>();
  const read = readers.map((reader) => {
    try {
      return reader();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      error.problems.forEach((problem) => problems.add(problem));
      return undefined;
    }
  });
  if (problems.size > 0) throw new ConfigError([...problems]);
  return read as { [K in keyof T]: ReturnType<T[K]> };
}

/** Building blocks for the apps' schemas. Each takes the text of an environment variable. */
export const setting = {
  /** `true` or `false`. */
  flag: (fallback: boolean) =>
    z.enum(['true', 'false'], { error: 'expected true or false' }).default(fallback ? 'true' : 'false').transform((text) => text === 'true'),

  /** A whole number within the bounds. */
  wholeNumber: (fallback: number, min: number, max: number) =>
    z.string().default(String(fallback)).transform((text, context) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      if (value >= min && value <= max) return value;
      context.issues.push({ code: 'custom', message: `expected a whole number from ${min} to ${max}`, input: text });
      return z.NEVER;
    }),

  /** `host:port` or `[v6]:port`; port 0 takes a free one. */
  address: (fallback: string) =>
    z.string().default(fallback).refine((text) => parseAddress(text) !== undefined, { error: 'expected host:port, such as 127.0.0.1:7400' }),

  /** A path, made absolute. */
  path: (fallback: string) => z.string().default(fallback).transform((text) => resolve(text)),
  optionalPath: () => z.string().optional().transform((text) => (text === undefined ? undefined : resolve(text))),

  /** A value that must never be printed. */
  secret: () => z.string().transform((text) => new Secret(text)),
  optionalSecret: () => z.string().optional().transform((text) => (text === undefined ? undefined : new Secret(text))),

  /** A PostgreSQL connection URL; secret, since it holds a password. */
  postgresUrl: () =>
    z.string().refine((text) => /^postgres(ql)?:\/\/\S+$/.test(text), { error: 'expected postgres://user:password@host:port/database' })
      .transform((text) => new Secret(text)),

  /** Comma-separated, at least one. */
  list: () => z.string().transform((text) => text.split(',').map((part) => part.trim()).filter((part) => part !== ''))
    .refine((parts) => parts.length > 0, { error: 'expected at least one value; separate several by commas' }),

  logLevel: () => z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    error: 'expected fatal, error, warn, info, debug, trace or silent',
  }).default('info'),
} as const;

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !(value instanceof Secret)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
