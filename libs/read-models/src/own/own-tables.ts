import type { Transaction } from '../database.js';
import type { OwnGeneration } from '../generation.row.js';
import { isInUse, SWITCH_WAIT_MS } from '../generations.js';
import type { ReadModels } from '../read-models.js';
import { topicsOf, type Declared } from './declared.js';

// As for Docket's own tables: one process at a time makes and switches them.
export const LOCK_KEYS = [0x646f636b, 4];

/** One set of tables of an author's projection: a generation for each topic that it reads. */
export interface OwnBuild {
  readonly state: 'building' | 'live';
  /** By topic: the id of its generation. */
  readonly generations: ReadonlyMap<string, number>;
  readonly own: OwnGeneration;
}

/** Names are lower case letters, digits and _; quoted, they may be words that SQL keeps for itself. */
export const quoted = (name: string): string => `"${name}"`;
export const schemaOf = (name: string): string => `projection_${name}`;

/**
 * The tables to go on with: those of the same definition and part of the log that are shown or being built, or new ones
 * beside them (`fresh`: always new ones). What had stopped tries again.
 */
export async function beginOwn(readModels: ReadModels, declared: Declared, wanted: Pick<OwnGeneration, 'file' | 'identity' | 'range' | 'fromMs' | 'toMs'>, fresh: boolean): Promise<OwnBuild> {
  const topics = topicsOf(declared);
  return readModels.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1, $2)', LOCK_KEYS);
    const { rows } = await transaction.query<{ id: number; topic: string; state: 'building' | 'live'; version: number; own: OwnGeneration }>(
      `SELECT id, topic, state, version, own FROM docket_tables.generation WHERE projection = $1 AND own IS NOT NULL AND state <> 'retired' ORDER BY state DESC`, [declared.name]);
    if (!fresh) {
      // Beside what is shown there are others of the same only where it is being built anew: that is gone on with.
      for (const state of ['building', 'live'] as const) {
        const same = rows.filter((row) => row.state === state && row.version === declared.version && row.own.identity === wanted.identity);
        if (same.length !== topics.length) continue;
        await transaction.query('UPDATE docket_tables.generation SET stopped_partition = NULL, stopped_offset = NULL, stopped_reason = NULL, stopped_at = NULL WHERE id = ANY ($1)', [same.map(({ id }) => id)]);
        return { commit: true, value: { state, generations: new Map(same.map(({ topic, id }) => [topic, id])), own: same[0]!.own } };
      }
    }
    await transaction.query(`UPDATE docket_tables.generation SET state = 'retired' WHERE projection = $1 AND own IS NOT NULL AND state = 'building'`, [declared.name]);
    return { commit: true, value: await create(transaction, declared, topics, wanted) };
  });
}

async function create(transaction: Transaction, declared: Declared, topics: readonly string[], wanted: Pick<OwnGeneration, 'file' | 'identity' | 'range' | 'fromMs' | 'toMs'>): Promise<OwnBuild> {
  const schema = schemaOf(declared.name);
  await transaction.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  const ids = new Map<string, number>();
  for (const topic of topics) {
    const { rows: [next] } = await transaction.query<{ id: number }>(`SELECT nextval(pg_get_serial_sequence('docket_tables.generation', 'id'))::integer AS id`);
    ids.set(topic, next!.id);
  }
  const suffix = `g${ids.values().next().value}`;
  const tables = Object.fromEntries(Object.keys(declared.tables).map((name) => [name, `${schema}.${name}_${suffix}`]));
  const own: OwnGeneration = { ...wanted, schema, tables };
  for (const [topic, id] of ids) {
    await transaction.query(
      `INSERT INTO docket_tables.generation (id, projection, version, topic, table_name, state, indexed, own) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, 'building', false, $6)`,
      [id, declared.name, declared.version, topic, `${schema}.*_${suffix}`, JSON.stringify(own)]);
  }
  for (const [name, { columns, key }] of Object.entries(declared.tables)) {
    const lines = Object.entries(columns).map(([column, type]) => `${quoted(column)} ${type}${key.includes(column) ? ' NOT NULL' : /^(?:integer|bigint|numeric)$/.test(type) ? ' DEFAULT 0' : ''}`);
    if (key.length > 0) lines.push(`PRIMARY KEY (${key.map(quoted).join(', ')})`);
    // Sums are written over often: with room in its page, a row is without touching an index.
    await transaction.query(`CREATE TABLE ${tables[name]!} (${lines.join(', ')})${key.length > 0 ? ' WITH (fillfactor = 80)' : ''}`);
  }
  return { state: 'building', generations: ids, own };
}

/** Makes the indexes of tables that are being built, unless an earlier attempt has; a second run of the same waits. */
export async function indexOwn(readModels: ReadModels, declared: Declared, { own, generations }: OwnBuild): Promise<void> {
  await readModels.transaction(async (transaction) => {
    const ids = [...generations.values()];
    await transaction.slowly(`SELECT FROM docket_tables.generation WHERE id IN (${ids.join(', ')}) ORDER BY id FOR UPDATE`);
    const { rows } = await transaction.query(`SELECT FROM docket_tables.generation WHERE id = ANY ($1) AND state = 'building' AND NOT indexed`, [ids]);
    if (rows.length !== ids.length) return { commit: false, value: undefined };
    for (const [name, { indexes }] of Object.entries(declared.tables)) {
      for (const columns of indexes) await transaction.slowly(`CREATE INDEX ON ${own.tables[name]!} (${columns.map(quoted).join(', ')})`);
    }
    await transaction.query('UPDATE docket_tables.generation SET indexed = true WHERE id = ANY ($1)', [ids]);
    return { commit: true, value: undefined };
  });
}

/**
 * Shows the built tables instead of those before, all at once, and drops those. Resolves to false, and changes nothing, if
 * somebody reads one of those in a transaction that has not ended.
 */
export async function showOwn(readModels: ReadModels, declared: Declared, { own, generations }: OwnBuild): Promise<boolean> {
  return readModels.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1, $2)', LOCK_KEYS);
    const ids = [...generations.values()];
    const { rows } = await transaction.query<{ id: number }>(`SELECT id FROM docket_tables.generation WHERE id = ANY ($1) AND state = 'building' FOR UPDATE`, [ids]);
    // Another process has shown them, or has begun anew.
    if (rows.length !== ids.length) return { commit: false, value: true };
    const { rows: before } = await transaction.query<{ own: OwnGeneration }>(`UPDATE docket_tables.generation SET state = 'retired' WHERE projection = $1 AND own IS NOT NULL AND state = 'live' RETURNING own`, [declared.name]);
    await transaction.query(`UPDATE docket_tables.generation SET state = 'live', live_at = now() WHERE id = ANY ($1)`, [ids]);
    await transaction.query(`SET LOCAL lock_timeout = '${SWITCH_WAIT_MS}'`);
    for (const name of new Set(before.flatMap((one) => Object.keys(one.own.tables)))) await transaction.query(`DROP VIEW IF EXISTS ${own.schema}.${quoted(name)}`);
    for (const [name, { columns, comment }] of Object.entries(declared.tables)) {
      await transaction.query(`CREATE VIEW ${own.schema}.${quoted(name)} AS SELECT ${Object.keys(columns).map(quoted).join(', ')} FROM ${own.tables[name]!}`);
      if (comment !== '') await transaction.query(`COMMENT ON VIEW ${own.schema}.${quoted(name)} IS '${comment.replaceAll('\u0000', '').replaceAll("'", "''")}'`);
    }
    const { rowCount: hasReader } = await transaction.query(`SELECT FROM pg_roles WHERE rolname = 'docket_reader'`);
    if (hasReader !== 0) {
      await transaction.query(`GRANT USAGE ON SCHEMA ${own.schema} TO docket_reader`);
      for (const name of Object.keys(declared.tables)) await transaction.query(`GRANT SELECT ON ${own.schema}.${quoted(name)} TO docket_reader`);
    }
    return { commit: true, value: true };
  }).catch((error: unknown) => {
    if (isInUse(error)) return false;
    throw error;
  });
}
