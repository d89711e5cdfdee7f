import type { CallDecided, Charge, LimitReading } from '#decision';
import { quoted } from './plain-text.js';

/** What the codec writes of a verdict between its arguments and its actor, for an event that touched no approval. */
export function verdictText(event: CallDecided): string {
  return `},"verdict":"${event.verdict}","would_be":${event.would_be === null ? 'null' : `"${event.would_be}"`},"rule":${quoted(event.rule)},"message":${JSON.stringify(event.message)},`
    + `"retry_after_ms":${event.retry_after_ms},"charges":[${listText(event.charges, chargeText)}],`
    + `"policy_id":${quoted(event.policy_id)},"policy_version":${quoted(event.policy_version)},"mode":"${event.mode}","actor":"`;
}

/** What it writes behind the trace, to the record's end. */
export function limitsText({ limits }: CallDecided): string {
  return `","limits":[${listText(limits, readingText)}]}}`;
}

function listText<T>(list: readonly T[], one: (item: T) => string): string {
  let text = '';
  for (let i = 0; i < list.length; i += 1) text += i === 0 ? one(list[i]!) : `,${one(list[i]!)}`;
  return text;
}

function readingText({ rule, counter, scope, window, sliding, limit, used, remaining, resets_at_ms, refused }: LimitReading): string {
  return `{"rule":${quoted(rule)},"counter":${quoted(counter)},"scope":"${scope}","window":"${window}",${sliding ? '"sliding":true,' : ''}"limit":"${limit}","used":"${used}","remaining":"${remaining}","resets_at_ms":${resets_at_ms},"refused":${refused}}`;
}

function chargeText({ counter, window_end_ms, amount, refund }: Charge): string {
  return `{"counter":${quoted(counter)},"window_end_ms":${window_end_ms},"amount":"${amount}","refund":${refund.length === 1 ? '["not_sent"]' : JSON.stringify(refund)}}`;
}
