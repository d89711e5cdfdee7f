import { REFUND_OUTCOMES, WIDER_SCOPES, parseExactNumber } from '#policy';
import type { EventFields } from './event-fields.js';
import type { CallAborted, LimitReading, QuotaReleased, QuotaReserved, ScopeAnswer, ScopeKey, ScopedLimit } from './model.js';

const OUTCOMES = ['held', 'refused', 'read', 'returned', 'silent'] as const;
const CAUSES = ['refused', 'aborted', 'not_sent', 'failed'] as const;

export function decodeReserved(fields: EventFields): QuotaReserved {
  const event: QuotaReserved = {
    type: 'QuotaReserved',
    ...scopeKeyOf(fields),
    call_id: fields.text('call_id'),
    grant_id: fields.text('grant_id'),
    content: fields.text('content'),
    server_id: fields.text('server_id'),
    tool: fields.text('tool'),
    agent: fields.text('agent'),
    limits: fields.objects('limits', decodeLimit),
    actor: fields.text('actor'),
  };
  fields.expectNoOthers(10);
  return event;
}

export function decodeReleased(fields: EventFields, decodeRefund: (one: EventFields) => QuotaReleased['refunds'][number], decodeReading: (one: EventFields) => LimitReading): QuotaReleased {
  const event: QuotaReleased = {
    type: 'QuotaReleased',
    ...scopeKeyOf(fields),
    call_id: fields.text('call_id'),
    grant_id: fields.text('grant_id'),
    cause: fields.choice('cause', CAUSES),
    refunds: fields.objects('refunds', decodeRefund),
    refunded: fields.objects('refunded', decodeReading),
    actor: fields.text('actor'),
  };
  fields.expectNoOthers(8);
  return event;
}

export function decodeAborted(fields: EventFields): CallAborted {
  const event: CallAborted = { type: 'CallAborted', call_id: fields.text('call_id'), grant_id: fields.text('grant_id'), actor: fields.text('actor') };
  fields.expectNoOthers(3);
  return event;
}

export function decodeAnswer(fields: EventFields): ScopeAnswer {
  const value: ScopeAnswer = { ...scopeKeyOf(fields), outcome: fields.choice('outcome', OUTCOMES), limits: fields.objects('limits', decodeLimit) };
  fields.expectNoOthers(4);
  return value;
}

export function decodeScopeKey(fields: EventFields): ScopeKey {
  const value = scopeKeyOf(fields);
  fields.expectNoOthers(2);
  return value;
}

function scopeKeyOf(fields: EventFields): ScopeKey {
  return { scope: fields.choice('scope', WIDER_SCOPES), key: fields.text('key') };
}

function decodeLimit(fields: EventFields): ScopedLimit {
  const value: ScopedLimit = {
    rule: fields.text('rule'),
    name: fields.text('name'),
    counter: fields.text('counter'),
    window: fields.text('window'),
    sliding: fields.flag('sliding'),
    limit: amount(fields, 'limit'),
    amount: amount(fields, 'amount'),
    refund: fields.choices('refund', REFUND_OUTCOMES),
    used: amount(fields, 'used'),
    window_end_ms: fields.integer('window_end_ms'),
    resets_at_ms: fields.integer('resets_at_ms'),
    free_at_ms: fields.integer('free_at_ms'),
  };
  fields.expectNoOthers(12);
  return value;
}

function amount(fields: EventFields, key: string): string {
  return exactDecimal(fields.text(key)) ?? fields.wrong(key, 'an exact decimal');
}

const AMOUNT = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-][0-9]+)?$/;

/** The text itself if it is an exact decimal in JSON's spelling. */
export function exactDecimal(text: string): string | undefined {
  return AMOUNT.test(text) && parseExactNumber(text) !== undefined ? text : undefined;
}
