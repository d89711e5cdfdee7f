/** Runs one statement and resolves to its rows. */
export type RunQuery = <R extends object>(text: string, values: readonly unknown[]) => Promise<R[]>;

/** How far the table has come that a view shows. */
export interface LivePositions {
  readonly projection: string;
  readonly topic: string;
  readonly version: number;
  /** In the order of the partitions. Records below `nextOffset` are in the rows. */
  readonly positions: readonly { readonly partition: number; readonly nextOffset: number }[];
  /** Event time of the newest event in the rows, ms since the epoch; 0 before the first. */
  readonly newestEventMs: number;
  readonly stopped: { readonly partition: number; readonly offset: number; readonly reason: string } | undefined;
}

interface Row {
  readonly projection: string;
  readonly topic: string;
  readonly version: number;
  readonly positions: readonly (readonly [number, number])[];
  readonly newest: string | null;
  readonly stopped_partition: number | null;
  readonly stopped_offset: string | null;
  readonly stopped_reason: string | null;
}

const SELECT = `
  SELECT g.projection, g.topic, g.version, g.stopped_partition, g.stopped_offset, g.stopped_reason,
         coalesce(json_agg(json_build_array(c.log_partition, c.next_offset) ORDER BY c.log_partition) FILTER (WHERE c.log_partition IS NOT NULL), '[]') AS positions,
         max((c.resume->>'timeMs')::bigint) AS newest
    FROM docket_tables.generation AS g LEFT JOIN docket_tables.checkpoint AS c ON c.generation_id = g.id
   WHERE g.state = 'live' AND g.projection = ANY ($1)
   GROUP BY g.id ORDER BY g.projection`;

/** Where these projections stand; those that show no table yet are left out. In one transaction with a query of a view: what that query saw. */
export async function livePositions(run: RunQuery, projections: readonly string[]): Promise<LivePositions[]> {
  const rows = await run<Row>(SELECT, [projections]);
  return rows.map((row) => ({
    projection: row.projection, topic: row.topic, version: row.version, newestEventMs: Number(row.newest ?? 0),
    positions: row.positions.map(([partition, nextOffset]) => ({ partition, nextOffset })),
    stopped: row.stopped_offset === null ? undefined : { partition: row.stopped_partition ?? 0, offset: Number(row.stopped_offset), reason: row.stopped_reason ?? '' },
  }));
}
