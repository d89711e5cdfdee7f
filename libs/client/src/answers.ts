import { msOf } from '#contracts';
import type { approval, decision } from '#contracts';
import type { ApprovalState, ApprovalStatus, Decision, Explanation, GrantChange, LimitState, Receipt, Settlement, Verdict, VisibleTools } from './decision.js';

/** What came is no answer to what was asked: nobody knows what became of the call. */
export class AnswerProblem extends Error {}

type Time = { readonly seconds?: unknown; readonly nanos?: number } | null;

const VERDICTS: readonly string[] = ['ALLOW', 'DENY', 'RATE_LIMITED', 'APPROVAL_REQUIRED'];

/** Reads a recorded verdict. Throws AnswerProblem for what is none: an answer about another call, without a receipt, of a verdict that is not known. */
export function readDecision(answer: decision.DecideResponse__Output, asked: { readonly callId: string; readonly grantId: string }): Decision {
  const judged = { ...readJudged(answer), replayed: answer.replayed, receipt: readReceipt(answer.receipt), decidedAt: dateOf(answer.decidedAt) ?? problem('it has no time') };
  if (answer.dryRun) problem('it is that of a dry run');
  if (answer.callId !== asked.callId || answer.grantId !== asked.grantId) problem('it is about another call');
  switch (answer.verdict) {
    case 'ALLOW':
      return { ...judged, verdict: 'ALLOW', allowed: true, retryAfterMs: null };
    case 'DENY':
      return { ...judged, verdict: 'DENY', allowed: false, retryAfterMs: null };
    case 'RATE_LIMITED':
      return { ...judged, verdict: 'RATE_LIMITED', allowed: false, retryAfterMs: answer.retryAfter === null ? 0 : msOf(answer.retryAfter) };
    case 'APPROVAL_REQUIRED':
      return { ...judged, verdict: 'APPROVAL_REQUIRED', allowed: false, retryAfterMs: null, approvalId: judged.approvalId ?? problem('it names no approval'), approvalExpiresAt: judged.approvalExpiresAt ?? problem('its approval has no end') };
    default:
      return problem('its verdict is not known');
  }
}

export function readExplanation(answer: decision.DecideResponse__Output): Explanation {
  if (!answer.dryRun) problem('it is not that of a dry run');
  return {
    ...readJudged(answer), verdict: verdictOf(answer.verdict) ?? problem('its verdict is not known'), retryAfterMs: answer.retryAfter === null ? null : msOf(answer.retryAfter),
    steps: answer.steps.map(({ rule, outcome, because }) => ({ rule, outcome, because })),
  };
}

export function readSettlement({ callId, outcome, refunded, replayed, receipt }: decision.SettleResponse__Output): Settlement {
  if (outcome === 'OUTCOME_UNSPECIFIED') return problem('it has no outcome');
  return { callId, outcome, refunded: refunded.map(readLimit), replayed, receipt: readReceipt(receipt) };
}

export function readVisibleTools({ policyId, policyVersion, tools }: decision.ListVisibleToolsResponse__Output): VisibleTools {
  return { policyId, policyVersion, tools: tools.map(({ name, visible, limits }) => ({ name, visible, limits: limits.map(readLimit) })) };
}

export function readApproval(found: approval.Approval__Output | null): ApprovalStatus {
  if (found === null || found.state === 'STATE_UNSPECIFIED') return problem('it holds no approval');
  const { approvalId, grantId, tool, rule, message, expiresAt, needed, approvers, deniedBy, callId, redeemedByCallId } = found;
  const state: ApprovalState = found.state === 'STATE_ERASED' ? 'ERASED' : found.state;
  const decidedMs = [...approvers, deniedBy].flatMap((vote) => dateOf(vote?.at ?? null)?.getTime() ?? []);
  return {
    approvalId, state, grantId, tool, rule, message, expiresAt: dateOf(expiresAt), needed, approvers: approvers.map(({ subject }) => subject),
    decidedAt: decidedMs.length === 0 ? null : new Date(Math.max(...decidedMs)), callId, redeemedByCallId,
  };
}

/** Undefined for a kind of change that this version does not know. */
export function readChange({ registryOffset, grant, policy, inSync }: decision.WatchGrantsResponse__Output): GrantChange | undefined {
  if (inSync === true) return { type: 'in_sync', registryOffset };
  if (policy) return { type: 'policy', registryOffset, policyId: policy.policyId, version: policy.version };
  if (!grant) return undefined;
  const { grantId, serverId, revoked, expiresAt, policyId, mode } = grant;
  return { type: 'grant', registryOffset, grantId, serverId, revoked, expiresAt: dateOf(expiresAt), policyId, mode: mode === 'observe' ? 'observe' : 'enforce' };
}

function readJudged(answer: decision.DecideResponse__Output) {
  const { callId, grantId, rule, message, limits, policyId, policyVersion, approvalId, approvalExpiresAt } = answer;
  return {
    callId, grantId, rule, message, limits: limits.map(readLimit), policyId, policyVersion, wouldBe: verdictOf(answer.wouldBe),
    approvalId: approvalId === '' ? null : approvalId, approvalExpiresAt: dateOf(approvalExpiresAt),
  };
}

function verdictOf(name: string): Verdict | null {
  return VERDICTS.includes(name) ? (name as Verdict) : null;
}

function readLimit({ rule, counter, scope, window, sliding, limit, used, remaining, resetsAt, refused }: decision.LimitState__Output): LimitState {
  return { rule, counter, scope, window, sliding, limit, used, remaining, resetsAt: dateOf(resetsAt), refused };
}

function readReceipt(receipt: decision.Receipt__Output | null): Receipt {
  if (receipt === null || receipt.hash.length !== 32) return problem('it has no receipt');
  const { topic, partition, offset, hash } = receipt;
  return { topic, partition, offset, hash: Buffer.from(hash).toString('hex') };
}

function dateOf(time: Time): Date | null {
  return time === null ? null : new Date(msOf(time));
}

function problem(what: string): never {
  throw new AnswerProblem(`the answer is not acceptable: ${what}`);
}
