import { LIMIT_SCOPES } from '#policy';
import { EventFields } from './event-fields.js';
import type {
  ApprovalResolved, CallApproval, CallDecided, CallSettled, Charge, DecisionEvent, GrantSet, LimitReading, PolicyVersionSet, QuotaReleased, SealedArguments,
} from './model.js';
import { decodeAborted, decodeAnswer, decodeReleased, decodeReserved, decodeScopeKey, exactDecimal } from './wider-events.js';
import type { Json } from './snapshot.js';

/** Structurally the ledger's `EncodedEvent`. */
export interface EncodedEvent {
  readonly type: string;
  readonly subject: string;
  readonly data: Json;
}

export const CALL_DECIDED = 'docket.decision.CallDecided.v1';
export const CALL_SETTLED = 'docket.decision.CallSettled.v1';
const APPROVAL_RESOLVED = 'docket.decision.ApprovalResolved.v1';
const GRANT_SET = 'docket.decision.GrantSet.v1';
const POLICY_VERSION_SET = 'docket.decision.PolicyVersionSet.v1';

const QUOTA_RESERVED = 'docket.decision.QuotaReserved.v1';
const QUOTA_RELEASED = 'docket.decision.QuotaReleased.v1';
const CALL_ABORTED = 'docket.decision.CallAborted.v1';

const VERDICTS = ['ALLOW', 'DENY', 'RATE_LIMITED', 'APPROVAL_REQUIRED'] as const;
const OUTCOMES = ['SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN'] as const;
const MODES = ['enforce', 'observe'] as const;
const REFUNDS = ['not_sent', 'failed'] as const;
const APPROVAL_ACTIONS = ['opened', 'pending', 'redeemed', 'denied'] as const;
const APPROVAL_DECISIONS = ['approve', 'deny', 'withdraw'] as const;
const RESOLVED_STATES = ['pending', 'approved', 'denied', 'withdrawn'] as const;

/**
 * The event's own type says nothing that the envelope's does not; everything else is stored as it is, except that what
 * later versions added (`approval`, `scoped`, `elsewhere`, a reading's `sliding`, a grant's `erased`) is written only where it says something: an event without it
 * is the same text as before.
 */
export function encode(event: DecisionEvent): EncodedEvent {
  switch (event.type) {
    case 'CallDecided': return { type: CALL_DECIDED, subject: event.grant_id, data: decidedData(event) };
    case 'CallSettled': return { type: CALL_SETTLED, subject: event.grant_id, data: settledData(event) };
    case 'QuotaReleased': return { type: QUOTA_RELEASED, subject: event.key, data: releasedData(event) };
    default: return encodeAsItIs(event);
  }
}

function encodeAsItIs(event: Exclude<DecisionEvent, CallDecided | CallSettled | QuotaReleased>): EncodedEvent {
  const { type, ...data } = event;
  switch (type) {
    case 'ApprovalResolved': return { type: APPROVAL_RESOLVED, subject: event.grant_id, data: data as unknown as Json };
    case 'GrantSet': return { type: GRANT_SET, subject: event.grant_id, data: data as unknown as Json };
    case 'PolicyVersionSet': return { type: POLICY_VERSION_SET, subject: `${event.organisation}/${event.policy_id}`, data: data as unknown as Json };
    case 'QuotaReserved': return { type: QUOTA_RESERVED, subject: event.key, data: data as unknown as Json };
    case 'CallAborted': return { type: CALL_ABORTED, subject: event.grant_id, data: data as unknown as Json };
  }
}

function decidedData(event: CallDecided): Json {
  const { type: _type, approval, limits, ...rest } = event;
  const data = { ...rest, limits: limits.map(readingData) };
  return (approval === null ? data : { ...data, approval }) as unknown as Json;
}

function settledData(event: CallSettled): Json {
  const { type: _type, ...rest } = event;
  return { ...rest, refunded: rest.refunded.map(readingData) } as unknown as Json;
}

function releasedData(event: QuotaReleased): Json {
  const { type: _type, ...rest } = event;
  return { ...rest, refunded: rest.refunded.map(readingData) } as unknown as Json;
}

function readingData(one: LimitReading): Json {
  const { sliding, ...rest } = one;
  return sliding ? { ...one } : rest;
}

/** Throws on a type, a field or a shape it does not know: a reader then stops rather than fold it wrongly. */
export function decode(encoded: EncodedEvent): DecisionEvent {
  const fields = new EventFields(encoded.type, encoded.data);
  switch (encoded.type) {
    case CALL_DECIDED: return decodeDecided(fields);
    case CALL_SETTLED: return decodeSettled(fields);
    case APPROVAL_RESOLVED: return decodeResolved(fields);
    case GRANT_SET: return decodeGrant(fields);
    case POLICY_VERSION_SET: return decodePolicyVersion(fields);
    case QUOTA_RESERVED: return decodeReserved(fields);
    case QUOTA_RELEASED: return decodeReleased(fields, decodeRefund, decodeReading);
    case CALL_ABORTED: return decodeAborted(fields);
    default: throw new Error(`unknown event type ${encoded.type}`);
  }
}

function decodeDecided(fields: EventFields): CallDecided {
  const event: CallDecided = {
    type: 'CallDecided',
    call_id: fields.text('call_id'),
    content: fields.text('content'),
    grant_id: fields.text('grant_id'),
    organisation: fields.text('organisation'),
    server_id: fields.text('server_id'),
    tool: fields.text('tool'),
    session_id: fields.text('session_id'),
    agent: fields.text('agent'),
    principal: fields.text('principal'),
    tool_definition_hash: fields.text('tool_definition_hash'),
    logical_call_id: fields.text('logical_call_id'),
    arguments: decodeArguments(fields.object('arguments')),
    verdict: fields.choice('verdict', VERDICTS),
    would_be: fields.isNull('would_be') ? null : fields.choice('would_be', VERDICTS),
    rule: fields.text('rule'),
    message: fields.text('message'),
    retry_after_ms: fields.isNull('retry_after_ms') ? null : fields.integer('retry_after_ms'),
    limits: fields.objects('limits', decodeReading),
    charges: fields.objects('charges', decodeCharge),
    policy_id: fields.text('policy_id'),
    policy_version: fields.text('policy_version'),
    mode: fields.choice('mode', MODES),
    actor: fields.text('actor'),
    trace: fields.text('trace'),
    approval: fields.has('approval') ? decodeApproval(fields.object('approval')) : null,
    ...(fields.has('scoped') ? { scoped: fields.objects('scoped', decodeAnswer) } : {}),
  };
  if (event.verdict === 'APPROVAL_REQUIRED' && event.approval === null) fields.wrong('approval', 'there with this verdict');
  if (event.scoped?.length === 0) fields.wrong('scoped', 'absent, or a list of some');
  fields.expectNoOthers(24 + (event.approval === null ? 0 : 1) + (event.scoped === undefined ? 0 : 1));
  return event;
}

function decodeApproval(fields: EventFields): CallApproval {
  const value: CallApproval = {
    id: fields.text('id'),
    action: fields.choice('action', APPROVAL_ACTIONS),
    expires_at_ms: fields.integer('expires_at_ms'),
    needed: fields.integer('needed'),
    rule: fields.text('rule'),
  };
  fields.expectNoOthers(5);
  return value;
}

function decodeArguments(fields: EventFields): SealedArguments {
  const value = { keys: fields.texts('keys'), hmac: fields.text('hmac'), sealed: fields.text('sealed') };
  fields.expectNoOthers(3);
  return value;
}

function decodeReading(fields: EventFields): LimitReading {
  const sliding = fields.has('sliding');
  if (sliding && !fields.flag('sliding')) fields.wrong('sliding', 'true, or absent');
  const value: LimitReading = {
    rule: fields.text('rule'),
    counter: fields.text('counter'),
    scope: fields.choice('scope', LIMIT_SCOPES),
    window: fields.text('window'),
    sliding,
    limit: amount(fields, 'limit'),
    used: amount(fields, 'used'),
    remaining: amount(fields, 'remaining'),
    resets_at_ms: fields.integer('resets_at_ms'),
    refused: fields.flag('refused'),
  };
  fields.expectNoOthers(sliding ? 10 : 9);
  return value;
}

function decodeCharge(fields: EventFields): Charge {
  const value: Charge = {
    counter: fields.text('counter'),
    window_end_ms: fields.integer('window_end_ms'),
    amount: amount(fields, 'amount'),
    refund: fields.choices('refund', REFUNDS),
  };
  fields.expectNoOthers(4);
  return value;
}

function decodeSettled(fields: EventFields): CallSettled {
  const event: CallSettled = {
    type: 'CallSettled',
    call_id: fields.text('call_id'),
    grant_id: fields.text('grant_id'),
    outcome: fields.choice('outcome', OUTCOMES),
    logical_call_id: fields.text('logical_call_id'),
    refunds: fields.objects('refunds', decodeRefund),
    refunded: fields.objects('refunded', decodeReading),
    actor: fields.text('actor'),
    ...(fields.has('elsewhere') ? { elsewhere: fields.objects('elsewhere', decodeScopeKey) } : {}),
  };
  if (event.elsewhere?.length === 0) fields.wrong('elsewhere', 'absent, or a list of some');
  fields.expectNoOthers(event.elsewhere === undefined ? 7 : 8);
  return event;
}

function decodeRefund(fields: EventFields): CallSettled['refunds'][number] {
  const value = { counter: fields.text('counter'), window_end_ms: fields.integer('window_end_ms'), amount: amount(fields, 'amount') };
  fields.expectNoOthers(3);
  return value;
}

function decodeResolved(fields: EventFields): ApprovalResolved {
  const event: ApprovalResolved = {
    type: 'ApprovalResolved',
    approval_id: fields.text('approval_id'),
    grant_id: fields.text('grant_id'),
    decision: fields.choice('decision', APPROVAL_DECISIONS),
    state: fields.choice('state', RESOLVED_STATES),
    approvers: fields.texts('approvers'),
    comment: fields.text('comment'),
    actor: fields.text('actor'),
  };
  fields.expectNoOthers(7);
  return event;
}

function decodeGrant(fields: EventFields): GrantSet {
  const erased = fields.has('erased');
  if (erased && !fields.flag('erased')) fields.wrong('erased', 'true, or absent');
  const event: GrantSet = {
    type: 'GrantSet',
    registry_offset: fields.integer('registry_offset'),
    grant_id: fields.text('grant_id'),
    organisation: fields.text('organisation'),
    server_id: fields.text('server_id'),
    secret_hash: fields.text('secret_hash'),
    policy_id: fields.text('policy_id'),
    mode: fields.choice('mode', MODES),
    expires_at_ms: fields.isNull('expires_at_ms') ? null : fields.integer('expires_at_ms'),
    revoked: fields.flag('revoked'),
    ...(erased ? { erased } : {}),
  };
  fields.expectNoOthers(erased ? 10 : 9);
  return event;
}

function decodePolicyVersion(fields: EventFields): PolicyVersionSet {
  const event: PolicyVersionSet = {
    type: 'PolicyVersionSet',
    registry_offset: fields.integer('registry_offset'),
    organisation: fields.text('organisation'),
    policy_id: fields.text('policy_id'),
    version: fields.text('version'),
  };
  fields.expectNoOthers(4);
  return event;
}

/** An exact decimal in JSON's spelling. */
function amount(fields: EventFields, key: string): string {
  return exactDecimal(fields.text(key)) ?? fields.wrong(key, 'an exact decimal');
}

export function isAmount(text: string): boolean {
  return exactDecimal(text) !== undefined;
}
