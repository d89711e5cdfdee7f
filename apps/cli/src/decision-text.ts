import type { JsonObject } from '@bufbuild/protobuf';
import { aligned, plain } from './terminal.js';

const text = (value: unknown): string | undefined => (value === undefined || value === null ? undefined : String(value));

/** A verdict for people. */
export function decisionText(decision: JsonObject): string {
  const marks = [decision['replayed'] ? 'replayed' : '', decision['dryRun'] ? 'dry run' : ''].filter(Boolean).join(', ');
  const receipt = decision['receipt'] as JsonObject | undefined;
  const limits = (decision['limits'] as JsonObject[]).map(limitText);
  const steps = (decision['steps'] as JsonObject[]).map(({ rule, outcome }): [string, string] => ['step', `${rule}: ${outcome}`]);
  const policy = decision['policyId'] ? `${decision['policyId']} @ ${String(decision['policyVersion']).slice(0, 12)}` : undefined;
  return `${plain(String(decision['verdict']))}${marks ? ` (${marks})` : ''}\n${aligned([
    ['message', text(decision['message'])],
    ['rule', text(decision['rule'])],
    ['retry after', text(decision['retryAfter'])],
    ...limits.map((limit): [string, string] => ['limit', limit]),
    ...steps,
    ['policy', policy],
    ['grant', text(decision['grantId'])],
    ['call id', text(decision['callId'])],
    ['decided at', text(decision['decidedAt'])],
    ['receipt', receipt === undefined ? undefined : receiptText(receipt)],
  ])}`;
}

export function limitText(limit: JsonObject): string {
  const mark = limit['refused'] ? ' · refused this call' : '';
  return `${limit['counter']} per ${limit['scope']}: ${limit['used']} of ${limit['limit']} used, ${limit['remaining']} left, resets ${limit['resetsAt']}${mark}`;
}

export function receiptText(receipt: JsonObject): string {
  const hash = Buffer.from(String(receipt['hash']), 'base64').toString('hex');
  return `${receipt['topic']}/${receipt['partition']} offset ${receipt['offset']} sha256 ${hash}`;
}
