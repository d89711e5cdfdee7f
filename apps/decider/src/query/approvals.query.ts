import type { query } from '#contracts';
import { DECISIONS_TOPIC } from './decisions.query.js';
import type { List, Lists, QueryContext } from './lists.js';
import { RequestFields } from './request.fields.js';
import { isoTime, timestamp } from './times.js';

/** The API's names and the view's. */
const STATES: Readonly<Record<string, string>> = {
  PENDING: 'pending', APPROVED: 'approved', DENIED: 'denied', WITHDRAWN: 'withdrawn', REDEEMED: 'redeemed', EXPIRED: 'expired', STATE_ERASED: 'erased',
};
const NAME_OF = new Map(Object.entries(STATES).map(([name, state]) => [state, name]));

interface ApprovalRow {
  readonly approval_id: string; readonly state: string; readonly grant_id: string; readonly server_id: string; readonly tool: string; readonly agent: string; readonly principal: string;
  readonly session_id: string; readonly rule: string; readonly policy_id: string; readonly policy_version: string; readonly call_id: string; readonly requested_by: string;
  readonly requested_at: Date; readonly expires_at: Date; readonly needed: number; readonly approvers: readonly string[] | null; readonly decided_by: string | null;
  readonly decided_comment: string | null; readonly decided_at: Date | null; readonly redeemed_by_call_id: string | null; readonly redeemed_at: Date | null;
}

/** ListApprovals: all there ever were, unlike the approval service's list of those that are live. */
export async function listApprovals(lists: Lists, request: query.ListApprovalsRequest__Output, context: QueryContext): Promise<query.ListApprovalsResponse> {
  const fields = new RequestFields();
  const order = fields.oneOf('order', request.order, 'ORDER_UNSPECIFIED', ['NEWEST_FIRST', 'OLDEST_FIRST']);
  const filters = {
    order, grantId: fields.grantId('grant_id', request.grantId), serverId: fields.text('server_id', request.serverId), tool: fields.text('tool', request.tool), agent: fields.text('agent', request.agent),
    state: fields.oneOf('state', request.state, 'STATE_UNSPECIFIED', Object.keys(STATES)), ...fields.range(request.from, request.to),
  };
  const page = { pageSize: fields.pageSize(request.pageSize), pageToken: request.pageToken, atLeast: fields.receipt('at_least', request.atLeast, DECISIONS_TOPIC), filters };
  fields.done();
  const list: List<ApprovalRow, query.Approval> = {
    method: 'ListApprovals', projection: 'approvals', isDescending: order !== 'OLDEST_FIRST',
    keys: [{ column: 'requested_at', type: 'timestamptz', of: ({ requested_at }) => isoTime(requested_at) }, { column: 'approval_id', type: 'text', of: ({ approval_id }) => approval_id }],
    select: (where, organisation) => {
      where.equal('organisation', organisation).equal('grant_id', filters.grantId).equal('server_id', filters.serverId).equal('tool', filters.tool).equal('agent', filters.agent)
        .equal('state', STATES[filters.state] ?? '').between('requested_at', filters.from, filters.to);
      return `SELECT approval_id, state, grant_id, server_id, tool, agent, principal, session_id, rule, policy_id, policy_version, call_id, requested_by, requested_at, expires_at, needed, approvers,
                     decided_by, decided_comment, decided_at, redeemed_by_call_id, redeemed_at FROM docket.approvals${where}`;
    },
    message: (row) => ({
      approvalId: row.approval_id, state: (NAME_OF.get(row.state) ?? 'STATE_UNSPECIFIED') as query.Approval['state'], grantId: row.grant_id, serverId: row.server_id, tool: row.tool, agent: row.agent, principal: row.principal,
      sessionId: row.session_id, rule: row.rule, policyId: row.policy_id, policyVersion: row.policy_version, callId: row.call_id, requestedBy: row.requested_by, requestedAt: timestamp(row.requested_at),
      expiresAt: timestamp(row.expires_at), needed: row.needed, approvers: [...row.approvers ?? []], decidedBy: row.decided_by ?? '', decidedComment: row.decided_comment ?? '',
      decidedAt: timestamp(row.decided_at), redeemedByCallId: row.redeemed_by_call_id ?? '', redeemedAt: timestamp(row.redeemed_at),
    }),
  };
  const { items, nextPageToken, asOf } = await lists.page(list, page, context);
  return { approvals: items, nextPageToken, asOf };
}
