import type { JsonObject } from '@bufbuild/protobuf';
import { aligned, plain } from './terminal.js';

const string = (value: unknown): string | undefined => (value === undefined || value === null ? undefined : String(value));

/** What a text says beside the verdict itself. */
export interface DecisionTextOptions {
  /** Every step of the evaluation; only dry runs have them. */
  readonly steps?: boolean;
  /** Options of this command line that others need to reach the same service. */
  readonly sameService?: string;
}

/** A verdict for people. */
export function decisionText(decision: JsonObject, { steps = false, sameService = '' }: DecisionTextOptions = {}): string {
  const marks = [decision['replayed'] ? 'replayed' : '', decision['dryRun'] ? 'dry run' : ''].filter(Boolean).join(', ');
  const receipt = decision['receipt'] as JsonObject | undefined;
  const limits = (decision['limits'] as JsonObject[]).map(limitText);
  const policy = decision['policyId'] ? `${decision['policyId']} @ ${String(decision['policyVersion']).slice(0, 12)}` : undefined;
  const wouldBe = decision['wouldBe'] === 'VERDICT_UNSPECIFIED' ? undefined : `${decision['wouldBe']} (the policy only observes)`;
  const text = `${plain(String(decision['verdict']))}${marks ? ` (${marks})` : ''}\n${aligned([
    ['would be', wouldBe],
    ['message', string(decision['message'])],
    ['rule', string(decision['rule'])],
    ['retry after', string(decision['retryAfter'])],
    ...limits.map((limit): [string, string] => ['limit', limit]),
    ...approvalRows(decision, sameService),
    ['policy', policy],
    ['grant', string(decision['grantId'])],
    ['call id', string(decision['callId'])],
    ['decided at', string(decision['decidedAt'])],
    ['receipt', receipt === undefined ? undefined : receiptText(receipt)],
  ])}`;
  return steps ? `${text}\n${stepsText(decision['steps'] as JsonObject[])}` : text;
}

function approvalRows(decision: JsonObject, sameService: string): [string, string | undefined][] {
  const id = string(decision['approvalId']);
  if (!id) return [];
  if (decision['verdict'] !== 'APPROVAL_REQUIRED') return [['approval', id]];
  return [
    ['approval', `${id}, until ${decision['approvalExpiresAt']}`],
    ['next', `docket approvals approve ${id}${sameService}`],
    ['then', 'the same call again, with a new call id'],
  ];
}

/** The evaluation from its first step to the one that settled it, each with the condition that decided it. */
function stepsText(steps: readonly JsonObject[]): string {
  const width = String(steps.length).length;
  return ['steps:', aligned(steps.map(({ rule, outcome, because }, index) => [`${String(index + 1).padStart(width)}  ${rule}`, `${outcome}${because ? ` (${because})` : ''}`]))].join('\n');
}

export function limitText(limit: JsonObject): string {
  const mark = limit['refused'] ? ' · refused this call' : '';
  const window = limit['window'] ? ` in ${limit['sliding'] ? 'any' : 'a'} ${windowText(String(limit['window']))}` : '';
  return `${limit['counter']} per ${limit['scope']}${window}: ${limit['used']} of ${limit['limit']} used, ${limit['remaining']} left, resets ${limit['resetsAt']}${mark}`;
}

const UNITS: Readonly<Record<string, string>> = { '1s': 'second', '60s': 'minute', '3600s': 'hour', '86400s': 'day' };

/** `60s` is a minute; others are named by their seconds, or by the calendar's own word. */
function windowText(window: string): string {
  return UNITS[window] ?? window.replace(/^(\d+)s$/, '$1 seconds');
}

export function receiptText(receipt: JsonObject): string {
  const hash = Buffer.from(String(receipt['hash']), 'base64').toString('hex');
  return `${receipt['topic']}/${receipt['partition']} offset ${receipt['offset']} sha256 ${hash}`;
}
