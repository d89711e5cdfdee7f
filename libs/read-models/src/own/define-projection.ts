import type { DecisionEvent } from '#decision';
import type { RegistryEvent } from '#registry';

/**
 * What a file of your own exports to be run by `docket projections run` (docs/projections.md). In the clone it is imported
 * as `docket/projection`.
 */
export type ProjectionEvent = DecisionEvent | RegistryEvent;
export type EventName = ProjectionEvent['type'];
export type EventOf<N extends EventName> = Extract<ProjectionEvent, { readonly type: N }>;

/** PostgreSQL's types by their names. */
export type ColumnType = 'text' | 'integer' | 'bigint' | 'numeric' | 'boolean' | 'timestamptz' | 'uuid' | 'jsonb';

/** What a column takes. Exact decimals come as text; times as Date, ISO text or ms since the epoch. */
export interface ValueOf {
  readonly text: string;
  readonly integer: number;
  readonly bigint: number | bigint;
  readonly numeric: number | bigint | string;
  readonly boolean: boolean;
  readonly timestamptz: Date | string | number;
  readonly uuid: string;
  readonly jsonb: unknown;
}

export interface TableDefinition {
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Columns that identify a row; without them rows can only be inserted. */
  readonly key?: readonly string[];
  /** Lists of columns. */
  readonly indexes?: readonly (readonly string[])[];
  readonly comment?: string;
}

type KeyNames<T extends TableDefinition> = T extends { readonly key: readonly (infer K extends string)[] } ? K : never;
type Row<T extends TableDefinition, N extends string> = { readonly [C in N & keyof T['columns']]: ValueOf[T['columns'][C]] };
type Values<T extends TableDefinition> = { readonly [C in Exclude<keyof T['columns'] & string, KeyNames<T>>]?: ValueOf[T['columns'][C]] | null };
type Amounts<T extends TableDefinition> = { readonly [C in Exclude<keyof T['columns'] & string, KeyNames<T>> as T['columns'][C] extends 'integer' | 'bigint' | 'numeric' ? C : never]?: number | bigint | string };

/** What a handler does to a table; it takes effect with all of its batch, or not at all. */
export interface Table<T extends TableDefinition> {
  /** A new row; columns left out are null, numbers 0. One with the key of another stops the projection. */
  insert(row: { readonly [C in keyof T['columns']]?: ValueOf[T['columns'][C]] | null }): void;
  /** Writes these columns of the row with this key, and makes it if there is none. */
  set(key: Row<T, KeyNames<T>>, values: Values<T>): void;
  /** Adds to these columns of the row with this key, exactly, and makes it if there is none. */
  add(key: Row<T, KeyNames<T>>, amounts: Amounts<T>): void;
  delete(key: Row<T, KeyNames<T>>): void;
}

/** Where an event stands in the log. */
export interface EventPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Of the record, SHA-256. */
  readonly hash: string;
  /** Event time, ms since the epoch. */
  readonly timeMs: number;
}

export interface HandlerContext<T extends Readonly<Record<string, TableDefinition>>> {
  readonly at: EventPlace;
  /** Event time. */
  readonly time: Date;
  readonly tables: { readonly [N in keyof T]: Table<T[N]> };
}

export interface ProjectionDefinition<T extends Readonly<Record<string, TableDefinition>> = Readonly<Record<string, TableDefinition>>> {
  /** Lower case letters, digits and _; its tables are in the schema `projection_<name>`. */
  readonly name: string;
  /** A whole number from 1 on; another one is built anew, beside the one before. */
  readonly version: number;
  readonly tables: T;
  /** By type of event. Handlers are synchronous, and of the same event do the same. */
  readonly on: { readonly [N in EventName]?: (event: EventOf<N>, context: HandlerContext<T>) => void };
}

/** Gives a definition its types; it is returned as it is. */
export function defineProjection<const T extends Readonly<Record<string, TableDefinition>>>(definition: ProjectionDefinition<T>): ProjectionDefinition<T> {
  return definition;
}
