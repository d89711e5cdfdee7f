import type { Abort, ApprovalResolved, CallAborted, CallDecided, CallSettled, Decide, QuotaReleased, QuotaReserved, Release, Reserve, ResolveApproval, Settle } from '#decision';
import type { ExactObject } from '#policy';

/** An approval id that nobody has: where the record opened none. */
const NO_APPROVAL = '0'.repeat(24);

/** The command that a recorded call must have come from. What the record does not say (the credential's servers) allowed it then. */
export function decideCommand(event: CallDecided, args: ExactObject, argumentsInvalid: boolean, approvalId = event.approval?.id): Decide {
  return {
    type: 'Decide',
    caller: { subject: event.actor, organisation: event.organisation, server_ids: EVERY_SERVER },
    grant: { grant_id: event.grant_id, secret_hash: null },
    call_id: event.call_id,
    call_id_time_ms: 0,
    content: event.content,
    tool: event.tool,
    server_id: '',
    session_id: event.session_id,
    agent: event.agent,
    principal: event.principal,
    tool_definition_hash: event.tool_definition_hash,
    logical_call_id: event.logical_call_id,
    dry_run: false,
    arguments: event.arguments,
    args,
    approval_id: approvalId ?? `apr_${event.grant_id}_${NO_APPROVAL}`,
    arguments_invalid: argumentsInvalid,
    trace: event.trace,
    ...(event.scoped === undefined ? {} : { scoped: event.scoped }),
  };
}

const EVERY_SERVER: readonly string[] = [];

export function settleCommand(event: CallSettled, organisation: string): Settle {
  return {
    type: 'Settle', caller: { subject: event.actor, organisation, server_ids: EVERY_SERVER }, grant: { grant_id: event.grant_id, secret_hash: null },
    call_id: event.call_id, call_id_time_ms: 0, outcome: event.outcome,
  };
}

export function resolveCommand(event: ApprovalResolved, organisation: string): ResolveApproval {
  return {
    type: 'ResolveApproval', caller: { subject: event.actor, organisation, server_ids: EVERY_SERVER },
    approval_id: event.approval_id, grant_id: event.grant_id, decision: event.decision, comment: event.comment,
  };
}

/** What the partitions of wider scopes say to each other's calls is in their own events, so each partition is derived by itself. */
export function reserveCommand({ scope, key, call_id, grant_id, content, server_id, tool, agent, limits, actor }: QuotaReserved): Reserve {
  return {
    type: 'Reserve', scope, key, call_id, grant_id, content, server_id, tool, agent, actor,
    limits: limits.map(({ rule, name, counter, window, sliding, limit, amount, refund }) => ({ rule, name, counter, window, sliding, limit, amount, refund })),
  };
}

export function releaseCommand({ scope, key, call_id, grant_id, cause, actor }: QuotaReleased): Release {
  return { type: 'Release', scope, key, call_id, grant_id, cause, actor };
}

export function abortCommand({ call_id, grant_id, actor }: CallAborted): Abort {
  return { type: 'Abort', call_id, grant_id, actor };
}
