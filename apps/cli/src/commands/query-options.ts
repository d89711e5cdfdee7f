import { InvalidArgumentError, Option, type Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { CliError } from '../cli-error.js';
import { connectionOptions, duration, wholeNumber } from '../context.js';

export interface ListOptions { readonly limit: number; readonly all?: boolean; readonly atLeast?: JsonObject }

const VERDICTS = ['ALLOW', 'DENY', 'RATE_LIMITED', 'APPROVAL_REQUIRED'];
/** As `docket decide` and `docket log tail` print where an event stands, too. */
const RECEIPT = /^([\w.-]{1,100})\/(\d{1,6})(?:\/|@| offset )(\d{1,16})(?: sha256 ([0-9a-f]{64}))?$/;
const GRANT = /^(?:dg_([0-9a-f]{32})_[A-Za-z0-9_-]{43}|([0-9a-f]{32}))$/;

/** The options of every question. */
export function questionOptions(command: Command): Command {
  return connectionOptions(command).option('--at-least <receipt>', 'wait until the rows hold this write: a receipt as docket decide prints it, or <topic>/<partition>/<offset>', receipt);
}

export function listOptions(command: Command): Command {
  return questionOptions(command)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1_000_000), 50)
    .option('--all', 'all there are, page by page');
}

export function timeOptions(command: Command): Command {
  return command
    .option('--from <time>', 'from then on: 2026-01-31, 2026-01-31T08:00:00Z, or an age: 90m, 24h, 7d', time)
    .option('--to <time>', 'before then', time);
}

export function verdictOption(): Option {
  return new Option('--verdict <verdict...>', 'only these verdicts').choices(VERDICTS);
}

/** The id of a grant, which its token begins with. What is neither is not repeated: it may be a token with a slip. */
export function grantOf(text: string | undefined): string {
  if (text === undefined) return '';
  const id = GRANT.exec(text);
  if (id !== null) return (id[1] ?? id[2])!;
  throw new CliError('--grant: expected a grant token (dg_…) or a grant id of 32 hex characters');
}

/** The fields of a request that have a value. */
export function given(fields: Readonly<Record<string, JsonObject[string] | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter((field): field is [string, JsonObject[string]] => field[1] !== undefined && field[1] !== ''));
}

/** For commander: as the other commands print it with --json, or as they print it for people. */
export function receipt(text: string): JsonObject {
  const short = RECEIPT.exec(text);
  if (short !== null) return { topic: short[1]!, partition: Number(short[2]), offset: short[3]!, ...(short[4] !== undefined && { hash: Buffer.from(short[4], 'hex').toString('base64') }) };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const { topic, partition = 0, offset = '0', hash } = (json ?? {}) as Record<string, unknown>;
  if (typeof topic === 'string' && Number.isSafeInteger(partition) && /^\d{1,16}$/.test(String(offset)) && (hash === undefined || typeof hash === 'string' && /^[A-Za-z0-9+/=]*$/.test(hash))) {
    return { topic, partition: Number(partition), offset: String(offset), ...(hash !== undefined && { hash }) };
  }
  throw new InvalidArgumentError('expected a receipt such as docket.decisions/3/1207, or {"topic":"docket.decisions","partition":3,"offset":"1207"}');
}

/** For commander: a point in time as RFC 3339. Times without a zone are UTC. */
export function time(text: string): string {
  if (/^\d+[smhd]$/.test(text)) return new Date(Date.now() - duration(text)).toISOString();
  const zoned = /T/.test(text) && !/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? `${text}Z` : text;
  const ms = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(zoned) ? Date.parse(zoned) : NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('expected a time such as 2026-01-31 or 2026-01-31T08:00:00Z (UTC), or an age such as 90m, 24h or 7d');
  return new Date(ms).toISOString();
}
