import { timestampOf } from '#contracts';
import type { approval } from '#contracts';
import type { SealedArguments } from '#decision';
import type { LogEnds } from '../../query/log.ends.js';
import type { RowsDatabase } from '../../query/rows.database.js';
import { NOT_SHOWN, openArguments, type OpenedArguments, type ValueKeys } from '../approval-arguments.js';

const LIKE_IT_MAX = 5;
const CALLS_COUNTED_MAX = 1_000;
const CHARGES_MAX = 5_000;
const LOOK_BACK_MS = 30 * 24 * 3_600_000;
/** Of all earlier arguments together: beside the approval's own, they must fit into one gRPC message several times over. */
const VALUES_BYTES_MAX = 1024 * 1024;
const DECISIONS_TOPIC = 'docket.decisions';

/** Which calls are like the one that waits. */
export interface LikeIt {
  readonly approvalId: string;
  readonly organisation: string;
  readonly grantId: string;
  readonly serverId: string;
  readonly tool: string;
  readonly requestedAtMs: number;
  /** Counters of limits that add up an argument. */
  readonly counters: readonly string[];
  /** Whether the caller may see argument values. */
  readonly isApprover: boolean;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
}

export interface History {
  readonly likeIt: approval.Approval[];
  readonly lastApproved: approval.Approval | undefined;
  readonly charged: readonly ChargedRow[];
  readonly calls: approval.VerdictCount[];
}

/** What a counter was charged, exact decimals. */
export interface ChargedRow { readonly counter: string; readonly time_window: string; readonly calls: number; readonly smallest: string; readonly median: string; readonly largest: string }

interface ApprovalRow {
  readonly approval_id: string; readonly state: string; readonly grant_id: string; readonly server_id: string; readonly tool: string; readonly agent: string; readonly principal: string;
  readonly session_id: string; readonly rule: string; readonly policy_id: string; readonly policy_version: string; readonly call_id: string; readonly requested_by: string;
  readonly requested_at: Date; readonly expires_at: Date; readonly needed: number; readonly approvers: readonly string[] | null; readonly decided_by: string | null;
  readonly decided_comment: string | null; readonly decided_at: Date | null; readonly redeemed_by_call_id: string | null; readonly log_partition: number; readonly log_offset: string;
}

export interface CardHistoryOptions {
  readonly rows: Pick<RowsDatabase, 'read'>;
  readonly ends: Pick<LogEnds, 'record'>;
  readonly keys: ValueKeys;
}

/** What became of calls like one that waits: rows of the projections, and from the log the values of those that people were asked about. */
export class CardHistory {
  readonly #o: CardHistoryOptions;

  constructor(options: CardHistoryOptions) {
    this.#o = options;
  }

  /** Rejects with a DocketError where the rows cannot be asked, or not in time. */
  async of(like: LikeIt): Promise<History> {
    const { rows: approvals, last, charged, calls } = await this.#rows(like);
    const opened = new Map<string, OpenedArguments>();
    let bytesLeft = VALUES_BYTES_MAX;
    for (const row of last === undefined ? approvals : [...approvals, last]) {
      if (opened.has(row.approval_id) || !like.isApprover) continue;
      const found = await this.#open(row);
      const fits = found.bytes.length <= bytesLeft;
      if (fits) bytesLeft -= found.bytes.length;
      opened.set(row.approval_id, fits ? found : NOT_SHOWN);
    }
    const message = (row: ApprovalRow): approval.Approval => pastApproval(row, opened.get(row.approval_id) ?? NOT_SHOWN);
    return { likeIt: approvals.map(message), lastApproved: last && message(last), charged, calls };
  }

  #rows({ approvalId, organisation, grantId, serverId, tool, requestedAtMs, counters, deadlineMs }: LikeIt): Promise<{ rows: ApprovalRow[]; last: ApprovalRow | undefined; charged: ChargedRow[]; calls: approval.VerdictCount[] }> {
    const asked = new Date(requestedAtMs);
    const since = new Date(requestedAtMs - LOOK_BACK_MS);
    return this.#o.rows.read(deadlineMs, async (run) => {
      const values = [organisation, grantId, serverId, tool, asked, approvalId];
      const rows = await run<ApprovalRow>(`${APPROVALS} ORDER BY requested_at DESC, approval_id LIMIT ${LIKE_IT_MAX}`, values);
      const [last] = await run<ApprovalRow>(`${APPROVALS} AND ${WAS_APPROVED} ORDER BY requested_at DESC, approval_id LIMIT 1`, values);
      const charged = counters.length === 0 ? [] : await run<ChargedRow>(
        `SELECT counter, time_window, count(*)::int AS calls, min(amount)::text AS smallest, (percentile_disc(0.5) WITHIN GROUP (ORDER BY amount))::text AS median, max(amount)::text AS largest
           FROM (SELECT counter, time_window, amount FROM docket.limit_charges
                  WHERE grant_id = $1 AND server_id = $2 AND tool = $3 AND counter = ANY ($4::text[]) AND charged_at >= $5 AND charged_at <= $6
                  ORDER BY charged_at DESC LIMIT ${CHARGES_MAX}) AS newest
          GROUP BY counter, time_window ORDER BY counter, time_window`, [grantId, serverId, tool, [...counters], since, asked]);
      const calls = await run<{ verdict: string; calls: number }>(
        `SELECT verdict, count(*)::int AS calls
           FROM (SELECT verdict FROM docket.decisions WHERE organisation = $1 AND grant_id = $2 AND server_id = $3 AND tool = $4 AND decided_at >= $5 AND decided_at < $6
                  ORDER BY decided_at DESC LIMIT ${CALLS_COUNTED_MAX}) AS newest
          GROUP BY verdict ORDER BY verdict`, [organisation, grantId, serverId, tool, since, asked]);
      return { rows, last, charged, calls };
    });
  }

  /** The projector has judged and decoded the record of this row before there was one. A log that does not have it, or not now, shows none. */
  async #open({ grant_id, call_id, log_partition, log_offset }: ApprovalRow): Promise<OpenedArguments> {
    const found = await this.#o.ends.record(DECISIONS_TOPIC, log_partition, Number(log_offset));
    if (found === undefined) return NOT_SHOWN;
    const { data } = JSON.parse(Buffer.from(found.record.value).toString('utf8')) as { readonly data: { readonly arguments: SealedArguments } };
    return openArguments(this.#o.keys, grant_id, call_id, data.arguments);
  }
}

const APPROVALS = `SELECT approval_id, state, grant_id, server_id, tool, agent, principal, session_id, rule, policy_id, policy_version, call_id, requested_by, requested_at, expires_at, needed, approvers,
       decided_by, decided_comment, decided_at, redeemed_by_call_id, log_partition, log_offset
  FROM docket.approvals WHERE organisation = $1 AND grant_id = $2 AND server_id = $3 AND tool = $4 AND requested_at <= $5 AND approval_id <> $6`;
/** One that nobody used in time was approved all the same. */
const WAS_APPROVED = `(state IN ('approved', 'redeemed') OR (state = 'expired' AND jsonb_array_length(coalesce(approvers, '[]'::jsonb)) >= needed))`;

function pastApproval(row: ApprovalRow, { bytes, shown }: OpenedArguments): approval.Approval {
  const decided = row.decided_by === null ? null : { subject: row.decided_by, at: row.decided_at === null ? null : timestampOf(row.decided_at.getTime()), comment: row.decided_comment ?? '' };
  return {
    approvalId: row.approval_id, state: (row.state === 'erased' ? 'STATE_ERASED' : row.state.toUpperCase()) as approval.Approval['state'], grantId: row.grant_id, serverId: row.server_id, tool: row.tool,
    rule: row.rule, arguments: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), argumentsShown: shown, agent: row.agent, principal: row.principal, sessionId: row.session_id,
    requestedBy: row.requested_by, requestedAt: timestampOf(row.requested_at.getTime()), expiresAt: timestampOf(row.expires_at.getTime()), needed: row.needed,
    approvers: (row.approvers ?? []).map((subject) => (subject === decided?.subject && row.state !== 'denied' ? decided : { subject })),
    deniedBy: row.state === 'denied' ? decided : null, withdrawnBy: row.state === 'withdrawn' ? decided : null,
    policyId: row.policy_id, policyVersion: row.policy_version, callId: row.call_id, redeemedByCallId: row.redeemed_by_call_id ?? '',
  };
}
