import { createHash } from 'node:crypto';
import { z } from 'zod';
import { DocketError, type FieldViolation } from '#errors';
import type { ColumnType } from './define-projection.js';

export const COLUMN_TYPES = ['text', 'integer', 'bigint', 'numeric', 'boolean', 'timestamptz', 'uuid', 'jsonb'] as const satisfies readonly ColumnType[];
const DECISIONS = 'docket.decisions';
const REGISTRY = 'docket.registry';

/** Which topic an event is in, by its type. */
export const TOPIC_OF: Readonly<Record<string, string>> = {
  CallDecided: DECISIONS, CallSettled: DECISIONS, ApprovalResolved: DECISIONS, GrantSet: DECISIONS, PolicyVersionSet: DECISIONS,
  QuotaReserved: DECISIONS, QuotaReleased: DECISIONS, CallAborted: DECISIONS,
  RegistryCreated: REGISTRY, CredentialIssued: REGISTRY, CredentialRevoked: REGISTRY, ServerRegistered: REGISTRY, PolicyPublished: REGISTRY,
  GrantIssued: REGISTRY, PolicyAttached: REGISTRY, GrantRevoked: REGISTRY, GrantErased: REGISTRY,
  ToolTextStored: REGISTRY, ToolsReported: REGISTRY, ToolsApproved: REGISTRY, ToolRiskSet: REGISTRY, ToolChurnSet: REGISTRY,
};

export interface DeclaredTable {
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly key: readonly string[];
  readonly indexes: readonly (readonly string[])[];
  readonly comment: string;
}

/** A definition that was checked, without its functions. */
export interface Declared {
  readonly name: string;
  readonly version: number;
  readonly tables: Readonly<Record<string, DeclaredTable>>;
  /** Types of the events that it has handlers for. */
  readonly on: readonly string[];
}

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const NAME_EXPECTED = 'expected lower case letters, digits and _, beginning with a letter, at most 40';
const name = z.string({ error: NAME_EXPECTED }).regex(NAME, { error: NAME_EXPECTED });
const columns = z.record(name, z.enum(COLUMN_TYPES, { error: `expected one of ${COLUMN_TYPES.join(', ')}` }), { error: 'expected columns and their types' })
  .refine((given) => Object.keys(given).length > 0 && Object.keys(given).length <= 200, { error: 'expected 1 to 200 columns' });
const list = z.array(z.string({ error: 'expected the name of a column' }), { error: 'expected a list of columns' }).min(1, { error: 'expected at least one column' }).max(32, { error: 'expected at most 32 columns' });
const table = z.strictObject({
  columns, key: list.optional(), indexes: z.array(list, { error: 'expected lists of columns' }).max(20, { error: 'expected at most 20 indexes' }).optional(),
  comment: z.string({ error: 'expected a text' }).max(1_000, { error: 'expected at most 1000 characters' }).optional(),
}, { error: (issue) => (issue.code === 'unrecognized_keys' ? `expected columns, key, indexes and comment, found ${issue.keys.join(', ')}` : 'expected a table: { columns, key, indexes, comment }') });
const definition = z.strictObject({
  name, version: z.int({ error: 'expected a whole number from 1 on' }).min(1, { error: 'expected a whole number from 1 on' }).max(1_000_000, { error: 'expected at most 1000000' }),
  tables: z.record(name, table, { error: 'expected tables by their names' }).refine((given) => Object.keys(given).length > 0 && Object.keys(given).length <= 20, { error: 'expected 1 to 20 tables' }),
  on: z.record(z.string(), z.literal('a function', { error: 'expected a function' }), { error: 'expected handlers by types of events' }).refine((given) => Object.keys(given).length > 0, { error: 'expected at least one handler' }),
}, { error: (issue) => (issue.code === 'unrecognized_keys' ? `expected name, version, tables and on, found ${issue.keys.join(', ')}` : undefined) });

/** Checks what the file exports by default. `taken`: names of Docket's own projections. Rejects with all problems at once. */
export function readDeclaration(file: string, given: unknown, taken: readonly string[]): Declared {
  if ((given as { missing?: boolean }).missing === true) throw refused(file, 'it has no default export; expected `export default defineProjection({ … })`');
  if ((given as { wrong?: string }).wrong !== undefined) throw refused(file, `its default export is a ${(given as { wrong: string }).wrong}; expected defineProjection({ … })`);
  const read = definition.safeParse(given);
  const violations: FieldViolation[] = read.success ? [] : read.error.issues.flatMap((issue) => {
    const inner = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
    return [{ field: issue.path.map(String).join('.'), description: inner ?? issue.message }];
  });
  violations.push(...crossProblems(given));
  const named = (given as { name?: unknown }).name;
  if (typeof named === 'string' && taken.includes(named)) violations.push({ field: 'name', description: `${named} is one of Docket’s own projections` });
  if (!read.success || violations.length > 0) throw refused(file, 'its definition has problems', violations);
  const { data } = read;
  const tables = Object.fromEntries(Object.entries(data.tables).map(([key, one]) => [key, { columns: one.columns, key: one.key ?? [], indexes: one.indexes ?? [], comment: one.comment ?? '' }]));
  return { name: data.name, version: data.version, tables, on: Object.keys(data.on) };
}

/** What one part of a definition says of another; told beside whatever else is wrong with it. */
function crossProblems(given: unknown): FieldViolation[] {
  const found: FieldViolation[] = [];
  const { tables, on } = given as { tables?: unknown; on?: unknown };
  for (const one of keysOf(on)) if (!Object.hasOwn(TOPIC_OF, one)) found.push({ field: `on.${one}`, description: `there is no such event; expected one of ${Object.keys(TOPIC_OF).join(', ')}` });
  for (const [name, one] of Object.entries(isObject(tables) ? tables : {})) {
    const { columns, key, indexes } = isObject(one) ? one : {};
    for (const column of keysOf(columns)) if (SYSTEM_COLUMNS.has(column)) found.push({ field: `tables.${name}.columns.${column}`, description: 'every table of PostgreSQL has a column of that name of its own: choose another' });
    for (const [where, names] of [['key', key] as const, ...(Array.isArray(indexes) ? indexes : []).map((index: unknown, at) => [`indexes.${at}`, index] as const)]) {
      if (!Array.isArray(names)) continue;
      const field = `tables.${name}.${where}`;
      for (const column of new Set(names)) {
        if (typeof column !== 'string') continue;
        if (isObject(columns) && !Object.hasOwn(columns, column)) found.push({ field, description: `there is no column ${JSON.stringify(column)}` });
        if (where === 'key' && isObject(columns) && columns[column] === 'jsonb') found.push({ field, description: `${column} is jsonb, which cannot be of a key` });
      }
      if (new Set(names).size !== names.length) found.push({ field, description: 'names a column twice' });
    }
  }
  return found;
}

const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const keysOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : []);

/** Equal for equal rows: the definition, the file's text, and what part of the log it is asked about. */
export function identityOf(declared: Declared, source: Uint8Array, range: { readonly fromMs: number | null; readonly toMs: number | null }): string {
  return createHash('sha256').update(JSON.stringify([declared, range])).update(source).digest('hex');
}

export function topicsOf(declared: Declared): string[] {
  // The registry first: what is decided refers to it.
  return [REGISTRY, DECISIONS].filter((topic) => declared.on.some((type) => TOPIC_OF[type] === topic));
}

export function refused(file: string, message: string, violations?: readonly FieldViolation[]): DocketError {
  return new DocketError('invalid_argument', { reason: 'PROJECTION_FILE', message: `${file}: ${message}`, ...(violations === undefined ? {} : { violations: [...violations] }) });
}
