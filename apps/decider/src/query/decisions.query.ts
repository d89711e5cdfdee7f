import type { decision, query } from '#contracts';
import { DocketError } from '#errors';
import { livePositions } from '#read-models';
import { required, type List, type Lists, type ListsOptions, type QueryContext } from './lists.js';
import type { LogEnds } from './log.ends.js';
import { RequestFields } from './request.fields.js';
import { isoTime, timestamp } from './times.js';

export const DECISIONS_TOPIC = 'docket.decisions';
export const VERDICTS = ['ALLOW', 'DENY', 'RATE_LIMITED', 'APPROVAL_REQUIRED'] as const;
const OUTCOMES = ['SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN'] as const;
const ORDERS = ['NEWEST_FIRST', 'OLDEST_FIRST'] as const;

type Verdict = (typeof VERDICTS)[number];

interface DecisionRow {
  readonly call_id: string; readonly grant_id: string; readonly server_id: string; readonly tool: string; readonly verdict: Verdict; readonly would_be: Verdict | null;
  readonly rule: string; readonly policy_id: string; readonly policy_version: string; readonly session_id: string; readonly agent: string; readonly principal: string;
  readonly decided_at: Date; readonly outcome: (typeof OUTCOMES)[number] | null; readonly settled_at: Date | null; readonly log_partition: number; readonly log_offset: string;
}

interface ChargeRow {
  readonly scope: string; readonly counter: string; readonly time_window: string; readonly sliding: boolean; readonly amount: string; readonly window_end: Date; readonly refunded_at: Date | null;
}

const COLUMNS = `call_id, grant_id, server_id, tool, verdict, would_be, rule, policy_id, policy_version, session_id, agent, principal, decided_at, outcome, settled_at, log_partition, log_offset`;

/** ListDecisions: the calls that were there when the first page was made. */
export async function listDecisions(lists: Lists, request: query.ListDecisionsRequest__Output, context: QueryContext): Promise<query.ListDecisionsResponse> {
  const fields = new RequestFields();
  const order = fields.oneOf('order', request.order, 'ORDER_UNSPECIFIED', ORDERS);
  const filters = {
    order, grantId: fields.grantId('grant_id', request.grantId), serverId: fields.text('server_id', request.serverId), tool: fields.text('tool', request.tool),
    verdicts: fields.someOf('verdicts', request.verdicts, VERDICTS), wouldBe: fields.someOf('would_be', request.wouldBe, VERDICTS), rule: fields.rule('rule', request.rule),
    policyId: fields.text('policy_id', request.policyId), policyVersion: fields.text('policy_version', request.policyVersion), sessionId: fields.text('session_id', request.sessionId),
    agent: fields.text('agent', request.agent), principal: fields.text('principal', request.principal),
    outcome: fields.oneOf('outcome', request.outcome, 'OUTCOME_UNSPECIFIED', OUTCOMES), ...fields.range(request.from, request.to),
  };
  const page = { pageSize: fields.pageSize(request.pageSize), pageToken: request.pageToken, atLeast: fields.receipt('at_least', request.atLeast, DECISIONS_TOPIC), filters };
  fields.done();
  const list: List<DecisionRow, query.Decision> = {
    method: 'ListDecisions', projection: 'decisions', isDescending: order !== 'OLDEST_FIRST', isBounded: true,
    keys: [
      { column: 'decided_at', type: 'timestamptz', of: ({ decided_at }) => isoTime(decided_at) },
      { column: 'log_partition', type: 'integer', of: ({ log_partition }) => log_partition },
      { column: 'log_offset', type: 'bigint', of: ({ log_offset }) => log_offset },
    ],
    select: (where, organisation) => {
      where.equal('organisation', organisation).equal('grant_id', filters.grantId).equal('server_id', filters.serverId).equal('tool', filters.tool)
        .anyOf('verdict', filters.verdicts).anyOf('would_be', filters.wouldBe).equal('rule', filters.rule).equal('policy_id', filters.policyId)
        .equal('policy_version', filters.policyVersion).equal('session_id', filters.sessionId).equal('agent', filters.agent).equal('principal', filters.principal)
        .equal('outcome', filters.outcome).between('decided_at', filters.from, filters.to);
      return `SELECT ${COLUMNS} FROM docket.decisions${where}`;
    },
    message: decisionMessage,
  };
  const { items, nextPageToken, asOf } = await lists.page(list, page, context);
  return { decisions: items, nextPageToken, asOf };
}

/** GetDecision: the row, what it was charged on, and what of the event itself the log still has. Rejects with not_found. */
export async function getDecision({ rows, positions }: ListsOptions, ends: LogEnds, request: query.GetDecisionRequest__Output, context: QueryContext): Promise<query.GetDecisionResponse> {
  const fields = new RequestFields();
  const grantId = fields.grantId('grant_id', request.grantId, true);
  const callId = fields.callId('call_id', request.callId);
  const atLeast = fields.receipt('at_least', request.atLeast, DECISIONS_TOPIC);
  fields.done();
  if (atLeast !== undefined) for (const projection of ['decisions', 'limit_charges']) await positions.passed(projection, atLeast, context.deadlineMs, context.signal);
  const { found, charges, live } = await rows.read(context.deadlineMs, async (run) => {
    const live = required((await livePositions(run, ['decisions']))[0], 'decisions');
    const [found] = await run<DecisionRow>(`SELECT ${COLUMNS} FROM docket.decisions WHERE grant_id = $1 AND call_id = $2 AND organisation = $3`, [grantId, callId, context.organisation]);
    const charges = found === undefined ? [] : await run<ChargeRow>(
      `SELECT scope, counter, time_window, sliding, amount, window_end, refunded_at FROM docket.limit_charges WHERE grant_id = $1 AND call_id = $2 ORDER BY counter_id`, [grantId, callId]);
    return { found, charges, live };
  });
  const asOf = await positions.asOf(live);
  if (found === undefined) throw notFound(asOf);
  const event = await ends.record(DECISIONS_TOPIC, found.log_partition, Number(found.log_offset));
  const { receipt, ...message } = decisionMessage(found);
  return {
    decision: { ...message, receipt: { ...receipt, ...(event && { hash: Buffer.from(event.hash, 'hex') }) } },
    charges: charges.map(chargeMessage), message: event === undefined ? '' : messageIn(event.record.value), inLog: event !== undefined, asOf,
  };
}

type DecisionMessage = query.Decision & { readonly receipt: decision.Receipt };

function decisionMessage(row: DecisionRow): DecisionMessage {
  return {
    callId: row.call_id, grantId: row.grant_id, serverId: row.server_id, tool: row.tool, verdict: row.verdict, wouldBe: row.would_be ?? 'VERDICT_UNSPECIFIED', rule: row.rule,
    policyId: row.policy_id, policyVersion: row.policy_version, sessionId: row.session_id, agent: row.agent, principal: row.principal, decidedAt: timestamp(row.decided_at),
    outcome: row.outcome ?? 'OUTCOME_UNSPECIFIED', settledAt: timestamp(row.settled_at), receipt: { topic: DECISIONS_TOPIC, partition: row.log_partition, offset: Number(row.log_offset) },
  };
}

function chargeMessage({ scope, counter, time_window, sliding, amount, window_end, refunded_at }: ChargeRow): query.Charge {
  return { scope, counter, window: time_window, sliding, amount, windowEnd: timestamp(window_end), refundedAt: timestamp(refunded_at) };
}

/** What the agent was told. The projector has judged and decoded this record before there was a row. */
function messageIn(value: Uint8Array): string {
  const event = JSON.parse(Buffer.from(value).toString('utf8')) as { readonly data?: { readonly message?: unknown } };
  return typeof event.data?.message === 'string' ? event.data.message : '';
}

function notFound({ lagRecords, lagIsKnown }: query.AsOf): DocketError {
  return new DocketError('not_found', {
    reason: 'CALL_NOT_FOUND',
    message: `docket.decisions has no call with this id under this grant${lagIsKnown && lagRecords !== 0 ? `; it is ${String(lagRecords)} records behind the log` : ''}`,
    metadata: lagIsKnown ? { lag_records: String(lagRecords) } : {},
  });
}
