import { addExact, exactText, parseExactNumber } from '#policy';
import type { Transaction } from '../database.js';
import type { Batch, Writer } from '../projection.js';
import type { Author, Operation } from './author.js';
import type { Declared, DeclaredTable } from './declared.js';
import { quoted } from './own-tables.js';

/** What of the log an author's projection is made from, by event time. */
export interface Range {
  /** From this time on; null: from the beginning. */
  readonly fromMs: number | null;
  /** Before this time; null: without end. */
  readonly toMs: number | null;
}

interface TypedEvent {
  readonly type: string;
}

/** What comes of one row in a batch: all changes to it, folded. */
interface RowChange {
  readonly key: Readonly<Record<string, unknown>>;
  /** It was deleted first. */
  isFresh: boolean;
  readonly set: Map<string, unknown>;
  readonly add: Map<string, string>;
}

/** Hands events to the author's thread and writes what it answers. */
export class OwnWriter implements Writer<TypedEvent> {
  readonly #types: ReadonlySet<string>;

  constructor(private readonly author: Author, private readonly declared: Declared, private readonly tables: Readonly<Record<string, string>>, private readonly range: Range) {
    this.#types = new Set(declared.on);
  }

  async write(transaction: Transaction, batches: readonly Batch<TypedEvent>[]): Promise<void> {
    const { fromMs, toMs } = this.range;
    const events = batches.flatMap((batch) => batch.events.filter(({ event, at }) => this.#types.has(event.type) && (fromMs === null || at.timeMs >= fromMs) && (toMs === null || at.timeMs < toMs)));
    const operations = await this.author.run(events);
    for (const [name, table] of Object.entries(this.declared.tables)) {
      const own = operations.filter((one) => one[1] === name);
      if (own.length > 0) await write(transaction, this.tables[name]!, table, own);
    }
  }
}

async function write(transaction: Transaction, target: string, table: DeclaredTable, operations: readonly Operation[]): Promise<void> {
  const inserts: Readonly<Record<string, unknown>>[] = [];
  const changes = new Map<string, RowChange>();
  for (const [kind, , key, values] of operations) {
    // An insert into a table with a key is one change of that row among others, in their order.
    if (kind === 'insert') {
      const identity = Object.fromEntries(table.key.map((name) => [name, values[name]]));
      const earlier = table.key.length === 0 ? undefined : changes.get(textOf(table, identity));
      if (earlier === undefined) {
        inserts.push(values);
        continue;
      }
      if (earlier.isFresh && earlier.set.size + earlier.add.size === 0) {
        for (const name of Object.keys(table.columns)) if (!table.key.includes(name)) earlier.set.set(name, values[name] ?? (isNumber(table, name) ? 0 : null));
        continue;
      }
      throw new Error(`a row with the key ${JSON.stringify(identity)} is inserted that was changed before`);
    }
    const text = textOf(table, key);
    let change = changes.get(text);
    if (change === undefined) changes.set(text, (change = { key, isFresh: false, set: new Map(), add: new Map() }));
    fold(change, kind, values);
  }
  if (inserts.length > 0) await insertRows(transaction, target, table, inserts);
  const fresh = [...changes.values()].filter(({ isFresh }) => isFresh);
  if (fresh.length > 0) {
    await transaction.query(`DELETE FROM ${target} AS t USING ${given(table, table.key)} WHERE ${table.key.map((name) => `t.${quoted(name)} = given.${quoted(name)}`).join(' AND ')}`, [JSON.stringify(fresh.map(({ key }) => key))]);
  }
  const shapes = Map.groupBy([...changes.values()].filter(({ isFresh, set, add }) => !isFresh || set.size + add.size > 0), ({ set, add }) => JSON.stringify([[...set.keys()].sort(), [...add.keys()].sort()]));
  for (const [shape, rows] of shapes) {
    const [set, add] = JSON.parse(shape) as [string[], string[]];
    const names = [...table.key, ...set, ...add].map(quoted);
    const updates = [...set.map(quoted).map((name) => `${name} = excluded.${name}`), ...add.map(quoted).map((name) => `${name} = coalesce(t.${name}, 0) + excluded.${name}`)];
    await transaction.query(
      `INSERT INTO ${target} AS t (${names.join(', ')}) SELECT ${names.join(', ')} FROM ${given(table, [...table.key, ...set, ...add])}
       ON CONFLICT (${table.key.map(quoted).join(', ')}) DO ${updates.length === 0 ? 'NOTHING' : `UPDATE SET ${updates.join(', ')}`}`,
      [JSON.stringify(rows.map((row) => ({ ...row.key, ...Object.fromEntries(row.set), ...Object.fromEntries(row.add) })))]);
  }
}

/** Numbers that are left out are 0, everything else is null. */
async function insertRows(transaction: Transaction, target: string, table: DeclaredTable, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const names = Object.keys(table.columns);
  const selected = names.map((name) => (isNumber(table, name) ? `coalesce(${quoted(name)}, 0)` : quoted(name)));
  await transaction.query(`INSERT INTO ${target} (${names.map(quoted).join(', ')}) SELECT ${selected.join(', ')} FROM ${given(table, names)}`, [JSON.stringify(rows)]);
}

function fold(change: RowChange, kind: 'set' | 'add' | 'delete', values: Readonly<Record<string, unknown>>): void {
  if (kind === 'delete') {
    change.isFresh = true;
    change.set.clear();
    change.add.clear();
  }
  for (const [name, value] of Object.entries(values)) {
    if (kind === 'set') {
      change.set.set(name, value);
      change.add.delete(name);
    } else if (change.set.has(name)) change.set.set(name, sum(change.set.get(name) ?? 0, value));
    else change.add.set(name, sum(change.add.get(name) ?? 0, value));
  }
}

const sum = (one: unknown, other: unknown): string => exactText(addExact(parseExactNumber(String(one))!, parseExactNumber(String(other))!));
const textOf = (table: DeclaredTable, key: Readonly<Record<string, unknown>>): string => JSON.stringify(table.key.map((name) => key[name]));
const isNumber = (table: DeclaredTable, name: string): boolean => /^(?:integer|bigint|numeric)$/.test(table.columns[name]!);
/** `$1` is a JSON array of rows. */
const given = (table: DeclaredTable, names: readonly string[]): string => `json_to_recordset($1::json) AS given (${names.map((name) => `${quoted(name)} ${table.columns[name]!}`).join(', ')})`;
