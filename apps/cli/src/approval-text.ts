import type { JsonObject } from '@bufbuild/protobuf';
import { parseKeepingNumbers } from './exact-json.js';
import { aligned, plain } from './terminal.js';

/** Longer arguments are printed over several lines. */
const ONE_LINE_MAX = 100;
/** What could make a text look like another one: invisible characters and those that turn the direction of writing. */
const MISLEADING = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** An approval for the person who is to decide on it. */
export function approvalText(approval: JsonObject): string {
  const votes = approval['approvers'] as JsonObject[];
  const denied = approval['deniedBy'] as JsonObject | undefined;
  const [short, long] = argumentsText(approval);
  const text = `${plain(stateText(approval))}${neededText(approval)}\n${aligned([
    ['approval', String(approval['approvalId'])],
    ['tool', String(approval['tool'])],
    ['arguments', short],
    ['rule', String(approval['rule'])],
    ['message', String(approval['message'])],
    ['asked by', askedBy(approval)],
    ['asked at', time(approval['requestedAt'])],
    ['until', time(approval['expiresAt'])],
    ...votes.map((vote): [string, string] => ['approved by', voteText(vote)]),
    ['denied by', denied === undefined ? undefined : voteText(denied)],
    ['withdrawn by', approval['withdrawnBy'] ? voteText(approval['withdrawnBy'] as JsonObject) : undefined],
    ['grant', `${approval['grantId']} (server ${approval['serverId']})`],
    ['policy', approval['policyId'] ? `${approval['policyId']} @ ${String(approval['policyVersion']).slice(0, 12)}` : undefined],
    ['call id', String(approval['callId'])],
    ['redeemed by', String(approval['redeemedByCallId'] ?? '')],
  ])}`;
  return long === undefined ? text : `${text}\n  arguments:\n${long.replace(/^/gm, '    ')}`;
}

/** `ERASED` is a name of its own in the protos: what became of arguments. */
export function stateText(approval: JsonObject): string {
  return String(approval['state']).replace(/^STATE_/, '');
}

/** What a person reads before deciding must be what is decided on: exact numbers, nothing invisible. */
function argumentsText(approval: JsonObject): readonly [string | undefined, string | undefined] {
  if (approval['argumentsShown'] === 'ERASED') return ["(erased with the grant's key)", undefined];
  if (approval['argumentsShown'] !== 'SHOWN') {
    const keys = (approval['argumentKeys'] as string[] | undefined) ?? [];
    return [`(${keys.length === 0 ? '' : `${keys.join(', ')}; `}values are shown to approvers only)`, undefined];
  }
  const json = visible(Buffer.from(String(approval['arguments']), 'base64').toString('utf8'));
  if (json.length <= ONE_LINE_MAX) return [json, undefined];
  return [undefined, visible(JSON.stringify(parseKeepingNumbers(json), null, 2))];
}

function visible(json: string): string {
  return json.replace(MISLEADING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function neededText(approval: JsonObject): string {
  const needed = Number(approval['needed']);
  return needed > 1 ? ` · ${(approval['approvers'] as JsonObject[]).length} of ${needed} approvals` : '';
}

function askedBy(approval: JsonObject): string {
  const more = [
    approval['agent'] ? `agent ${approval['agent']}` : '',
    approval['principal'] ? `for ${approval['principal']}` : '',
    approval['sessionId'] ? `session ${approval['sessionId']}` : '',
  ].filter(Boolean).join(', ');
  return `${approval['requestedBy']}${more ? ` (${more})` : ''}`;
}

function voteText(vote: JsonObject): string {
  return `${vote['subject']}, ${time(vote['at'])}${vote['comment'] ? `: ${vote['comment']}` : ''}`;
}

function time(value: unknown): string {
  return String(value ?? '');
}
