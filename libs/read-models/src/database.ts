import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { QueryRunner } from 'typeorm';
import { binaryArray, type ColumnType, type ColumnValue } from './binary-array.js';
import { binaryRows } from './binary-rows.js';

const SLOW_MS = 86_400_000;
/** COPY is planned anew each time, a prepared INSERT is not. */
const COPY_ROWS_MIN = 256;

/** A column and what of an item goes into it. */
export interface Column<T> {
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (item: T) => ColumnValue;
}

/**
 * One connection inside one transaction. TypeORM opens and ends it; what runs for every batch goes to the driver as
 * prepared statements, since building and parsing it anew would cost more than carrying it out.
 */
export class Transaction {
  /** The first error of the database itself, as opposed to one of a writer's code. */
  trouble: unknown;

  private constructor(private readonly client: pg.ClientBase) {}

  static async of(runner: QueryRunner): Promise<Transaction> {
    return new Transaction((await runner.connect()) as pg.ClientBase);
  }

  async query<R extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<pg.QueryResult<R>> {
    return this.#remember(this.client.query<R>(text, [...values]));
  }

  /** A statement that may take as long as the table is large. */
  async slowly(text: string): Promise<void> {
    await this.#remember(this.client.query({ text, query_timeout: SLOW_MS } as pg.QueryConfig));
  }

  /**
   * Runs `INSERT INTO target (columns) SELECT columns FROM unnest(arrays) AS given` with one array a column, whatever the
   * number of items, and `rest` behind it. `target` may carry an alias for `rest`.
   */
  async insert<T>(target: string, columns: readonly Column<T>[], items: readonly T[], rest: string): Promise<number> {
    if (items.length === 0) return 0;
    const names = columns.map(({ name }) => name).join(', ');
    const source = `SELECT ${columns.map(({ name, type }) => (AS_TEXT.has(type) ? `${name}::${type}` : name)).join(', ')} FROM ${given(columns)}`;
    return this.#prepared(`INSERT INTO ${target} (${names}) ${source} ${rest}`, columns, items);
  }

  /**
   * Adds rows; those that are there already stay as they are. Many go with COPY, at a fraction of what `insert` costs both
   * sides: it knows no ON CONFLICT, so a row that is there is an error then, and the batch comes again in smaller parts.
   */
  async add<T>(table: string, columns: readonly Column<T>[], items: readonly T[]): Promise<number> {
    if (items.length < COPY_ROWS_MIN) return this.insert(table, columns, items, 'ON CONFLICT DO NOTHING');
    const rows = binaryRows(columns, items);
    const stream = this.client.query(copyFrom(`COPY ${table} (${columns.map(({ name }) => name).join(', ')}) FROM STDIN (FORMAT binary)`));
    stream.end(rows);
    await this.#remember(finished(stream));
    return items.length;
  }

  /** Runs `UPDATE target SET … FROM unnest(arrays) AS given WHERE …`, one array a column; `numeric` and `uuid` come as text. */
  async update<T>(target: string, set: string, columns: readonly Column<T>[], items: readonly T[], where: string): Promise<number> {
    if (items.length === 0) return 0;
    return this.#prepared(`UPDATE ${target} SET ${set} FROM ${given(columns)} WHERE ${where}`, columns, items);
  }

  async #prepared<T>(text: string, columns: readonly Column<T>[], items: readonly T[]): Promise<number> {
    const values = columns.map(({ type, of }) => binaryArray(type, items, of));
    const result = await this.#remember(this.client.query({ name: nameOf(text), text, values }));
    return result.rowCount ?? 0;
  }

  async #remember<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.trouble ??= error;
      throw error;
    }
  }
}

const AS_TEXT: ReadonlySet<ColumnType> = new Set(['numeric', 'uuid']);

function given<T>(columns: readonly Column<T>[]): string {
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${AS_TEXT.has(type) ? 'text' : type}[]`);
  return `unnest(${arrays.join(', ')}) AS given (${columns.map(({ name }) => name).join(', ')})`;
}

const names = new Map<string, string>();

/** The same text has the same name on every connection; PostgreSQL cuts names at 63 characters. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `docket_${names.size}`));
  return name;
}
