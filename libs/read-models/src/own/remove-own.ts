import { DocketError } from '#errors';
import type { Transaction } from '../database.js';
import type { OwnGeneration } from '../generation.row.js';
import { isInUse, SWITCH_WAIT_MS } from '../generations.js';
import type { ReadModels } from '../read-models.js';
import { LOCK_KEYS, quoted, schemaOf } from './own-tables.js';

/** DROP without CASCADE refuses: something that people made is made from it. */
const DEPENDED_ON = '2BP01';

export interface OwnThere {
  /** Qualified views that are shown; empty if it was never complete. */
  readonly views: readonly string[];
  /** It has tables that are not shown: a run that has not come to its end. */
  readonly isBuilding: boolean;
}

export interface Removed {
  /** Qualified. */
  readonly views: readonly string[];
  readonly tables: readonly string[];
  /** The schema is still there: it holds something else. */
  readonly keptSchema: string | undefined;
}

interface Row {
  readonly id: number;
  readonly state: 'building' | 'live' | 'retired';
  readonly own: OwnGeneration;
}

const viewsOf = ({ own: { schema, tables } }: Row): string[] => Object.keys(tables).map((name) => `${schema}.${quoted(name)}`);

/** What there is of one of people's own projections; undefined: nothing. */
export async function ownThere(readModels: ReadModels, name: string): Promise<OwnThere | undefined> {
  const rows = await readModels.source.query<Row[]>(`SELECT id, state, own FROM docket_tables.generation WHERE projection = $1 AND own IS NOT NULL AND state <> 'retired'`, [name]);
  if (rows.length === 0) return undefined;
  const shown = rows.filter(({ state }) => state === 'live').flatMap(({ own }) => Object.keys(own.tables).map((table) => `${own.schema}.${table}`));
  return { views: [...new Set(shown)], isBuilding: rows.some(({ state }) => state === 'building') };
}

/**
 * Removes one of people's own projections: its views, its tables, and where it stood; with `unfinished` only what is being
 * built and not shown. All of it or nothing. Resolves to undefined, and changes nothing, if somebody reads it in a
 * transaction that has not ended. Rejects with DocketError: not_found, failed_precondition if something is made from it.
 */
export async function removeOwn(readModels: ReadModels, name: string, { unfinished }: { readonly unfinished: boolean }): Promise<Removed | undefined> {
  return readModels.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1, $2)', LOCK_KEYS);
    // Whoever writes into it now ends its batch first; its next one finds nothing to write into.
    const { rows } = await transaction.query<Row>(
      `SELECT id, state, own FROM docket_tables.generation WHERE projection = $1 AND own IS NOT NULL AND ($2 OR state = 'building') ORDER BY id FOR UPDATE`, [name, !unfinished]);
    if (rows.length === 0) throw new DocketError('not_found', { reason: 'NO_SUCH_PROJECTION', message: `there is nothing${unfinished ? ' unfinished' : ''} of a projection ${name}` });
    const views = unfinished ? [] : [...new Set(rows.flatMap(viewsOf))];
    const tables = [...new Set(rows.flatMap(({ own }) => Object.values(own.tables)))];
    await transaction.query(`SET LOCAL lock_timeout = '${SWITCH_WAIT_MS}'`);
    for (const view of views) await transaction.query(`DROP VIEW IF EXISTS ${view}`);
    for (const table of tables) await transaction.query(`DROP TABLE IF EXISTS ${table}`);
    await transaction.query('DELETE FROM docket_tables.generation WHERE id = ANY ($1)', [rows.map(({ id }) => id)]);
    const { rowCount: left } = await transaction.query(`SELECT FROM docket_tables.generation WHERE projection = $1 AND own IS NOT NULL`, [name]);
    const isKept = left === 0 && !(await dropEmpty(transaction, schemaOf(name)));
    return { commit: true, value: { views, tables, keptSchema: isKept ? schemaOf(name) : undefined } };
  }).catch((error: unknown) => {
    if (isInUse(error)) return undefined;
    if ((error as { code?: unknown }).code !== DEPENDED_ON) throw error;
    const { message, detail } = error as { message: string; detail?: string };
    throw new DocketError('failed_precondition', { reason: 'PROJECTION_IN_USE', message: `${message}${detail === undefined ? '' : ` (${detail.replaceAll('\n', '; ')})`}: drop that first; nothing was removed`, cause: error });
  });
}

/** Resolves to false if it holds something else. */
async function dropEmpty(transaction: Transaction, schema: string): Promise<boolean> {
  await transaction.query('SAVEPOINT before_schema');
  try {
    await transaction.query(`DROP SCHEMA IF EXISTS ${schema}`);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== DEPENDED_ON) throw error;
    await transaction.query('ROLLBACK TO SAVEPOINT before_schema');
    return false;
  }
}
