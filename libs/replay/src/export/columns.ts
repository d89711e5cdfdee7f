import { timeText, type ExportedEvent, type Field } from './exported-event.js';

export type ColumnType = 'STRING' | 'INT32' | 'INT64' | 'TIMESTAMP';
export type Cell = string | number | bigint | Date | null;

/** A column of the flat form, in which every event is one row: what it does not have is null. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (event: ExportedEvent) => Cell;
}

const text = (name: string): Column => ({ name, type: 'STRING', of: ({ fields }) => asText(fields[name]) });
const json = (name: string): Column => ({ name, type: 'STRING', of: ({ fields }) => (fields[name] === undefined ? null : JSON.stringify(fields[name])) });
const time = (name: string): Column => ({ name, type: 'TIMESTAMP', of: ({ fields }) => (typeof fields[name] === 'string' ? new Date(fields[name]) : null) });

const NAMED: readonly Column[] = [
  ...['organisation', 'grantId', 'callId', 'tool', 'serverId', 'sessionId', 'agent', 'principal', 'logicalCallId', 'toolDefinitionHash', 'verdict', 'wouldBe', 'rule', 'message'].map(text),
  { name: 'retryAfterSeconds', type: 'STRING', of: ({ fields }) => (typeof fields['retryAfter'] === 'string' ? fields['retryAfter'].slice(0, -1) : null) },
  ...['policyId', 'policyVersion', 'mode', 'approvalId', 'approvalAction'].map(text),
  time('approvalExpiresAt'),
  ...['outcome', 'decision', 'state', 'actor', 'trace', 'argumentsHmac'].map(text),
  ...['argumentKeys', 'limits', 'charges', 'refunds'].map(json),
];

/** Shown otherwise, or in columns of their own. */
const ELSEWHERE = new Set([...NAMED.map(({ name }) => name), 'retryAfter', 'decidedAt', 'argumentsShown']);

/** Every event of both topics as one table. Lists and objects are JSON text; what has no column of its own is in `details`. */
export const COLUMNS: readonly Column[] = [
  { name: 'event', type: 'STRING', of: ({ event }) => event },
  { name: 'time', type: 'TIMESTAMP', of: ({ at }) => new Date(at.timeMs) },
  { name: 'topic', type: 'STRING', of: ({ at }) => at.topic },
  { name: 'partition', type: 'INT32', of: ({ at }) => at.partition },
  { name: 'offset', type: 'INT64', of: ({ at }) => BigInt(at.offset) },
  { name: 'hash', type: 'STRING', of: ({ at }) => at.hash },
  ...NAMED,
  { name: 'details', type: 'STRING', of: ({ event, fields }) => (event === 'CallDecided' ? null : detailsOf(fields)) },
];

/** With `--reveal`. */
export const ARGUMENT_COLUMNS: readonly Column[] = [
  { name: 'arguments', type: 'STRING', of: ({ argumentsText }) => argumentsText ?? null },
  text('argumentsShown'),
];

function detailsOf(fields: ExportedEvent['fields']): string | null {
  const details = Object.entries(fields).filter(([name]) => !ELSEWHERE.has(name));
  return details.length === 0 ? null : JSON.stringify(Object.fromEntries(details));
}

function asText(value: Field | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A cell as CSV has it, without quotes. */
export function cellText(cell: Cell): string {
  if (cell === null) return '';
  return cell instanceof Date ? timeText(cell.getTime()) : String(cell);
}
