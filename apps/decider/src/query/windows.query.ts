import type { query } from '#contracts';
import { DECISIONS_TOPIC } from './decisions.query.js';
import type { List, Lists, QueryContext } from './lists.js';
import { RequestFields } from './request.fields.js';
import { isoTime, timestamp } from './times.js';

const SCOPES = ['grant', 'session', 'agent', 'server', 'organisation'];

interface WindowRow {
  readonly grant_id: string; readonly server_id: string; readonly scope: string; readonly scope_key: string | null; readonly counter: string; readonly time_window: string; readonly sliding: boolean;
  readonly window_end: Date | null; readonly is_current: boolean; readonly used: string; readonly limit_max: string | null; readonly remaining: string | null;
  readonly first_at: Date; readonly last_at: Date; readonly counter_id: string; readonly log_partition: number; readonly ends: Date;
}

/** GetLimitWindows: by counter, and the windows of each in their order. A window belongs to the organisation of its grant, or to that which shares it. */
export async function getLimitWindows(lists: Lists, request: query.GetLimitWindowsRequest__Output, context: QueryContext): Promise<query.GetLimitWindowsResponse> {
  const fields = new RequestFields();
  const filters = {
    grantId: fields.grantId('grant_id', request.grantId), serverId: fields.text('server_id', request.serverId), counter: fields.text('counter', request.counter),
    scope: fields.oneOf('scope', request.scope, '', SCOPES), scopeKey: fields.text('scope_key', request.scopeKey), currentOnly: request.currentOnly, ...fields.range(request.from, request.to),
  };
  const page = { pageSize: fields.pageSize(request.pageSize), pageToken: request.pageToken, atLeast: fields.receipt('at_least', request.atLeast, DECISIONS_TOPIC), filters };
  fields.done();
  const list: List<WindowRow, query.LimitWindow> = {
    method: 'GetLimitWindows', projection: 'limit_windows', isDescending: false,
    keys: [
      { column: 'log_partition', type: 'integer', of: ({ log_partition }) => log_partition },
      { column: 'counter_id', type: 'text', of: ({ counter_id }) => counter_id },
      { column: 'ends', type: 'timestamptz', of: ({ ends }) => isoTime(ends) },
    ],
    select: (where, organisation) => {
      where.equal('w.grant_id', filters.grantId).equal('w.server_id', filters.serverId).equal('w.counter', filters.counter).equal('w.scope', filters.scope).equal('w.scope_key', filters.scopeKey);
      if (filters.from !== undefined) where.add((place) => `w.last_at >= ${place}`, filters.from);
      if (filters.to !== undefined) where.add((place) => `w.first_at < ${place}`, filters.to);
      if (filters.currentOnly) where.also('(w.is_current OR w.sliding)');
      where.add((place) => `CASE WHEN w.scope IN ('server', 'organisation') THEN w.scope_key = ${place} ELSE EXISTS (SELECT FROM docket.grants AS g WHERE g.grant_id = w.grant_id AND g.organisation = ${place}) END`, organisation);
      // A sliding counter has one row, so any time does to sort it by.
      return `SELECT w.*, coalesce(w.window_end, 'epoch') AS ends FROM docket.limit_windows AS w${where}`;
    },
    message: (row) => ({
      grantId: row.grant_id, serverId: row.server_id, scope: row.scope, scopeKey: row.scope_key ?? '', counter: row.counter, window: row.time_window, sliding: row.sliding,
      windowEnd: timestamp(row.window_end), isCurrent: row.is_current, used: row.used, limit: row.limit_max ?? '', remaining: row.remaining ?? '',
      firstAt: timestamp(row.first_at), lastAt: timestamp(row.last_at), partition: row.log_partition,
    }),
  };
  const { items, nextPageToken, asOf } = await lists.page(list, page, context);
  return { windows: items, nextPageToken, asOf };
}
