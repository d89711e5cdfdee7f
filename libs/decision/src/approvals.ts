import type { ApprovalState, ApprovalVote, CallDecided } from './model.js';
import { type Due, DueQueue } from './due-queue.js';

/** People whose approval is recorded for one approval: more than any rule asks for. */
export const APPROVERS_MAX = 16;
export const APPROVAL_COMMENT_LENGTH_MAX = 256;
/** Approvals that a grant, and a partition, may have in memory, live or ended a short while ago. */
export const GRANT_APPROVALS_MAX = 1_000;
export const APPROVALS_MAX = 50_000;
/** How long an approval that has ended is still known (policy.md 4). */
const KNOWN_AFTER_END_MS = 600_000;

/** An approval as the state holds it: everything but the arguments, which are in the event at `offset`. */
export interface Approval extends Due {
  readonly id: string;
  readonly grant_id: string;
  readonly organisation: string;
  readonly server_id: string;
  readonly tool: string;
  /** Of the canonical arguments. */
  readonly hmac: string;
  readonly rule: string;
  readonly message: string;
  readonly agent: string;
  readonly principal: string;
  readonly session_id: string;
  readonly requested_by: string;
  readonly requested_at_ms: number;
  readonly expires_at_ms: number;
  readonly policy_id: string;
  readonly policy_version: string;
  readonly call_id: string;
  /** Of the opening call's event. */
  readonly offset: number;
  needed: number;
  readonly approvers: ApprovalVote[];
  /** Who ended it otherwise than by redeeming it; nobody in particular, when its grant was erased. */
  ended: { readonly by: 'denied' | 'withdrawn' | 'erased'; readonly vote: ApprovalVote } | undefined;
  redeemed_by_call_id: string;
}

/** Ended for good; denied ones keep refusing identical calls until they expire. Expiry needs no event: it is computed. */
export function stateOf(approval: Approval, nowMs: number): ApprovalState {
  if (approval.redeemed_by_call_id !== '') return 'redeemed';
  if (approval.ended !== undefined) return approval.ended.by;
  if (nowMs >= approval.expires_at_ms) return 'expired';
  return approval.approvers.length >= approval.needed ? 'approved' : 'pending';
}

/** The approvals of a partition: live ones, and those that ended a short while ago. */
export class Approvals {
  private readonly byId = new Map<string, Approval>();
  /** The newest one of each call: older ones of the same call have ended. */
  private readonly byCall = new Map<string, Approval>();
  private readonly byGrant = new Map<string, number>();
  /** By when they are forgotten. */
  private readonly due = new DueQueue<Approval>();

  get size(): number {
    return this.byId.size;
  }

  countOf(grantId: string): number {
    return this.byGrant.get(grantId) ?? 0;
  }

  find(id: string, nowMs: number): Approval | undefined {
    const found = this.byId.get(id);
    return found !== undefined && found.dueMs > nowMs ? found : undefined;
  }

  /** The approval that an identical call meets: pending, approved or denied, and not expired. */
  forCall(grantId: string, serverId: string, tool: string, hmac: string, nowMs: number): Approval | undefined {
    if (this.byCall.size === 0) return undefined;
    const found = this.byCall.get(keyOf(grantId, serverId, tool, hmac));
    if (found === undefined || nowMs >= found.expires_at_ms || found.redeemed_by_call_id !== '' || (found.ended !== undefined && found.ended.by !== 'denied')) return undefined;
    return found;
  }

  open(event: CallDecided, offset: number, timeMs: number): void {
    const { approval } = event;
    if (approval === null) return;
    this.restore({
      dueMs: approval.expires_at_ms + KNOWN_AFTER_END_MS,
      place: -1,
      id: approval.id,
      grant_id: event.grant_id,
      organisation: event.organisation,
      server_id: event.server_id,
      tool: event.tool,
      hmac: event.arguments.hmac,
      rule: approval.rule,
      message: event.message,
      agent: event.agent,
      principal: event.principal,
      session_id: event.session_id,
      requested_by: event.actor,
      requested_at_ms: timeMs,
      expires_at_ms: approval.expires_at_ms,
      policy_id: event.policy_id,
      policy_version: event.policy_version,
      call_id: event.call_id,
      offset,
      needed: approval.needed,
      approvers: [],
      ended: undefined,
      redeemed_by_call_id: '',
    });
  }

  restore(approval: Approval): void {
    this.byId.set(approval.id, approval);
    this.byCall.set(keyOfApproval(approval), approval);
    this.byGrant.set(approval.grant_id, this.countOf(approval.grant_id) + 1);
    this.due.add(approval);
  }

  /** A policy that asks for more people since. */
  raise(id: string, needed: number): void {
    const found = this.byId.get(id);
    if (found !== undefined && needed > found.needed) found.needed = needed;
  }

  redeem(id: string, callId: string, timeMs: number): void {
    const found = this.byId.get(id);
    if (found === undefined) return;
    found.redeemed_by_call_id = callId;
    this.forgetAfter(found, timeMs);
  }

  approve(id: string, vote: ApprovalVote): void {
    this.byId.get(id)?.approvers.push(vote);
  }

  /** A denial refuses identical calls until it expires, so it is known that much longer. */
  end(id: string, by: 'denied' | 'withdrawn', vote: ApprovalVote): void {
    const found = this.byId.get(id);
    if (found === undefined) return;
    found.ended = { by, vote };
    if (by === 'withdrawn') this.forgetAfter(found, vote.at_ms);
  }

  /** Those of a grant that still wait, or were approved and not used. */
  erase(grantId: string, timeMs: number): void {
    if (this.countOf(grantId) === 0) return;
    for (const one of this.byId.values()) {
      if (one.grant_id !== grantId) continue;
      const state = stateOf(one, timeMs);
      if (state !== 'pending' && state !== 'approved') continue;
      one.ended = { by: 'erased', vote: { subject: '', at_ms: timeMs, comment: '' } };
      this.forgetAfter(one, timeMs);
    }
  }

  dropForgotten(nowMs: number): void {
    for (let first = this.due.first; first !== undefined && first.dueMs <= nowMs; first = this.due.first) {
      this.due.remove(first);
      this.byId.delete(first.id);
      const key = keyOfApproval(first);
      if (this.byCall.get(key) === first) this.byCall.delete(key);
      const others = this.countOf(first.grant_id) - 1;
      if (others === 0) this.byGrant.delete(first.grant_id);
      else this.byGrant.set(first.grant_id, others);
    }
  }

  /** In the order in which they were opened, which is the same for every reader. */
  entries(): IterableIterator<Approval> {
    return this.byId.values();
  }

  private forgetAfter(approval: Approval, endedMs: number): void {
    approval.dueMs = endedMs + KNOWN_AFTER_END_MS;
    this.due.moved(approval);
  }
}

function keyOfApproval({ grant_id, server_id, tool, hmac }: Approval): string {
  return keyOf(grant_id, server_id, tool, hmac);
}

/** What an approval is bound to (policy.md 4). */
function keyOf(grantId: string, serverId: string, tool: string, hmac: string): string {
  return JSON.stringify([grantId, serverId, tool, hmac]);
}
