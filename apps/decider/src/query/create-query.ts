import { Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EventLog, GrantKeys, Runtime } from '#ledger';
import { LogEnds, type TopicEnds } from './log.ends.js';
import { PageCursors } from './page.cursor.js';
import { Positions } from './positions.js';
import { QueryApi } from './query-api.js';
import type { QueryApiOptions } from './query-api.js';
import { RowsDatabase } from './rows.database.js';

export interface CreateQueryOptions extends Pick<QueryApiOptions, 'access' | 'patience' | 'runtime' | 'logger' | 'errors' | 'draining'> {
  readonly connectionString: string;
  readonly log: EventLog;
  readonly topics: readonly TopicEnds[];
  readonly keys: GrantKeys;
  readonly metrics?: Registry;
  readonly runtime: Runtime;
  /** Told the process that serves each connection of questions, by its id where PostgreSQL runs. */
  readonly onBackend?: (processId: number) => void;
  /** For specs: how long a statement may take. */
  readonly statementMsMax?: number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** No grant's id, so nobody can erase it. Kept with the grants' keys, so that every node has it, wrapped by the keyring. */
const PAGE_TOKEN_KEY = 'query page tokens';

/** The query API of a decider over what its composition root has made, and what it asks, for others that ask the same; `close` when it answers no more. */
export async function createQuery(options: CreateQueryOptions): Promise<{ readonly api: QueryApi; readonly rows: RowsDatabase; readonly ends: LogEnds; readonly close: () => Promise<void> }> {
  const { connectionString, log, topics, keys, runtime, logger, metrics, onBackend, statementMsMax } = options;
  await keys.create(PAGE_TOKEN_KEY);
  const key = await keys.get(PAGE_TOKEN_KEY);
  if (key === undefined) throw new Error('the key of page tokens is missing');
  const rows = new RowsDatabase({
    connectionString, runtime, ...(onBackend && { onBackend }), ...(statementMsMax !== undefined && { statementMsMax }),
    onIdleError: (error) => logger.warn({ code: (error as { code?: string }).code }, 'an idle connection for questions was lost'),
  });
  const ends = new LogEnds(log, topics, runtime);
  const seconds = metrics && new Histogram({ name: 'docket_query_seconds', help: 'From a question in memory to its answer, waiting for at_least included', labelNames: ['method'], buckets: SECONDS, registers: [metrics] });
  const onAnswer = (method: string, latencyMs: number): void => seconds?.observe({ method }, latencyMs / 1000);
  const api = new QueryApi({ ...options, onAnswer, rows, ends, positions: new Positions({ rows, ends, runtime }), cursors: new PageCursors((data) => key.hmac(data)) });
  return { api, rows, ends, close: () => rows.close() };
}
