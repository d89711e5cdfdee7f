import type { query } from '#contracts';
import { DECISIONS_TOPIC, VERDICTS } from './decisions.query.js';
import type { List, Lists, QueryContext, SortKey } from './lists.js';
import { RequestFields } from './request.fields.js';
import { isoTime, timestamp } from './times.js';

/** Dimensions of the API and their columns, in the order they are sorted by. */
const DIMENSIONS = [['SERVER', 'server_id'], ['GRANT', 'grant_id'], ['AGENT', 'agent'], ['TOOL', 'tool'], ['VERDICT', 'verdict']] as const;
const NAMES = DIMENSIONS.map(([name]) => name);
const START: Readonly<Record<string, string>> = { '': 'hour', HOUR: 'hour', DAY: `date_trunc('day', hour, 'UTC')` };

interface UsageRow {
  readonly start?: Date; readonly server_id?: string; readonly grant_id?: string; readonly agent?: string; readonly tool?: string; readonly verdict?: (typeof VERDICTS)[number]; readonly calls: string;
}

/** GetUsage: calls by hour, day or in all, oldest first, by the dimensions that were asked for. */
export async function getUsage(lists: Lists, request: query.GetUsageRequest__Output, context: QueryContext): Promise<query.GetUsageResponse> {
  const fields = new RequestFields();
  const granularity = fields.oneOf('granularity', request.granularity, 'GRANULARITY_UNSPECIFIED', ['HOUR', 'DAY', 'TOTAL']);
  const groupBy = fields.someOf('group_by', request.groupBy, NAMES);
  const filters = {
    granularity, groupBy, serverId: fields.text('server_id', request.serverId), grantId: fields.grantId('grant_id', request.grantId), agent: fields.text('agent', request.agent),
    tool: fields.text('tool', request.tool), verdicts: fields.someOf('verdicts', request.verdicts, VERDICTS), ...fields.range(request.from, request.to),
  };
  const page = { pageSize: fields.pageSize(request.pageSize), pageToken: request.pageToken, atLeast: fields.receipt('at_least', request.atLeast, DECISIONS_TOPIC), filters };
  fields.done();
  const columns = DIMENSIONS.filter(([name]) => groupBy.length === 0 || groupBy.includes(name)).map(([, column]) => column);
  const start = START[granularity];
  const keys: SortKey<UsageRow>[] = columns.map((column) => ({ column, type: 'text', of: (row) => row[column]! }));
  if (start !== undefined) keys.unshift({ column: 'start', type: 'timestamptz', of: (row) => isoTime(row.start!) });
  const list: List<UsageRow, query.Usage> = {
    method: 'GetUsage', projection: 'usage_hourly', isDescending: false, keys,
    select: (where, organisation) => {
      where.equal('organisation', organisation).equal('server_id', filters.serverId).equal('grant_id', filters.grantId).equal('agent', filters.agent).equal('tool', filters.tool)
        .anyOf('verdict', filters.verdicts).between('hour', filters.from, filters.to);
      const shown = [...(start === undefined ? [] : [`${start} AS start`]), ...columns, 'sum(calls)::bigint AS calls'];
      return `SELECT ${shown.join(', ')} FROM docket.usage_hourly${where} GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`;
    },
    message: (row) => ({
      start: timestamp(row.start ?? null), serverId: row.server_id ?? '', grantId: row.grant_id ?? '', agent: row.agent ?? '', tool: row.tool ?? '', verdict: row.verdict ?? 'VERDICT_UNSPECIFIED',
      calls: Number(row.calls),
    }),
  };
  const { items, nextPageToken, asOf } = await lists.page(list, page, context);
  return { usage: items, nextPageToken, asOf };
}
