import type { query } from '#contracts';
import { DocketError } from '#errors';
import { livePositions, type LivePositions } from '#read-models';
import type { PageCursors } from './page.cursor.js';
import type { Positions } from './positions.js';
import type { ReceiptInput } from './request.fields.js';
import type { RowsDatabase } from './rows.database.js';
import { Where } from './where.js';

/** Who asks, and until when. */
export interface QueryContext {
  readonly organisation: string;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export interface SortKey<R> {
  readonly column: string;
  /** PostgreSQL's. */
  readonly type: string;
  readonly of: (row: R) => string | number;
}

/** One list of the API: where its rows come from and in what order. The sort keys together tell any two rows apart. */
export interface List<R extends object, M> {
  readonly method: string;
  readonly projection: string;
  readonly isDescending: boolean;
  readonly keys: readonly SortKey<R>[];
  /** A SELECT of everything that is shown or sorted by, of this organisation's rows that pass the filters. */
  readonly select: (where: Where, organisation: string) => string;
  /** Rows never change their place, and know where in the log they come from: later pages then show what the first one could. */
  readonly isBounded?: boolean;
  readonly message: (row: R) => M;
}

export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
  readonly atLeast: ReceiptInput | undefined;
  /** Everything else in the request that decides which rows there are, and their order. */
  readonly filters: unknown;
}

export interface Page<M> {
  readonly items: M[];
  readonly nextPageToken: string;
  readonly asOf: query.AsOf;
}

export interface ListsOptions {
  readonly rows: RowsDatabase;
  readonly positions: Positions;
  readonly cursors: PageCursors;
}

/** Pages of rows by their sort keys, never by their number: what arrives meanwhile moves nothing. */
export class Lists {
  readonly #o: ListsOptions;

  constructor(options: ListsOptions) {
    this.#o = options;
  }

  async page<R extends object, M>(list: List<R, M>, request: PageRequest, { organisation, deadlineMs, signal }: QueryContext): Promise<Page<M>> {
    const { rows: database, positions, cursors } = this.#o;
    const identity = { method: list.method, organisation, filters: request.filters };
    const cursor = request.pageToken === '' ? undefined : cursors.read(identity, request.pageToken);
    if (request.pageToken !== '' && cursor === undefined) throw badToken(list.method);
    if (request.atLeast !== undefined) await positions.passed(list.projection, request.atLeast, deadlineMs, signal);

    const { rows, live, bounds } = await database.read(deadlineMs, async (run) => {
      const live = required((await livePositions(run, [list.projection]))[0], list.projection);
      const bounds = list.isBounded === true ? cursor?.bounds ?? boundsOf(live) : undefined;
      const where = new Where();
      const source = list.select(where, organisation);
      const outer = outerTerms(list, where, cursor?.keys, bounds);
      const direction = list.isDescending ? ' DESC' : '';
      const text = `SELECT * FROM (${source}) AS listed${outer} ORDER BY ${list.keys.map(({ column }) => `${column}${direction}`).join(', ')} LIMIT ${where.place(request.pageSize + 1)}`;
      return { rows: await run<R>(text, where.values), live, bounds };
    });
    const shown = rows.slice(0, request.pageSize);
    const last = rows.length > request.pageSize ? shown.at(-1) : undefined;
    return {
      items: shown.map(list.message),
      nextPageToken: last === undefined ? '' : cursors.write(identity, { keys: list.keys.map(({ of }) => of(last)), bounds }),
      asOf: await positions.asOf(live),
    };
  }
}

/** Throws unavailable if the projection shows no table. */
export function required(live: LivePositions | undefined, projection: string): LivePositions {
  if (live !== undefined) return live;
  throw new DocketError('unavailable', { reason: 'NOTHING_PROJECTED', message: `docket.${projection} is not filled yet: the projector must run`, retryAfterMs: 2_000 });
}

function outerTerms(list: List<never, unknown>, where: Where, keys: readonly (string | number)[] | undefined, bounds: readonly number[] | undefined): string {
  const terms: string[] = [];
  if (keys !== undefined) {
    const after = list.keys.map(({ type }, index) => `${where.place(keys[index])}::${type}`);
    terms.push(`(${list.keys.map(({ column }) => column).join(', ')}) ${list.isDescending ? '<' : '>'} (${after.join(', ')})`);
  }
  if (keys !== undefined && bounds !== undefined) terms.push(`log_offset < (${where.place(bounds)}::bigint[])[log_partition + 1]`);
  return terms.length === 0 ? '' : ` WHERE ${terms.join(' AND ')}`;
}

function boundsOf({ positions }: LivePositions): number[] {
  const bounds = Array.from({ length: Math.max(0, ...positions.map(({ partition }) => partition + 1)) }, () => 0);
  for (const { partition, nextOffset } of positions) bounds[partition] = nextOffset;
  return bounds;
}

function badToken(method: string): DocketError {
  const description = `expected the next_page_token of a ${method} with the same filters`;
  return new DocketError('invalid_argument', { reason: 'INVALID_PAGE_TOKEN', message: `page_token: ${description}`, violations: [{ field: 'page_token', description }] });
}
