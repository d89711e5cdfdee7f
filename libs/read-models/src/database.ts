import type pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { binaryArray, type ColumnType, type ColumnValue } from './binary-array.js';

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
