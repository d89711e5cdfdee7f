import { DocketError } from '#errors';
import type {
  Abort, Decide, DecidedReply, DecisionCommand, DecisionReply, EndedReply, LimitReading, ListVisibleTools, QuotaReply, ReleaseCause, ReleasedReply,
  ScopeAnswer, ScopeAsk, ScopeAskedReply, ScopeKey, Settle, SettledReply, VisibleToolsReply,
} from './model.js';
import { heldBy } from './wider-charges.js';

/** One command for the owner of the partition of `key`: a grant's id, or a wider scope's key. */
export interface Errand {
  readonly key: string;
  readonly command: DecisionCommand;
}

/** Runs errand after errand: whoever drives it hands each one's reply in, or throws its error in. */
export type Errands<R> = Generator<Errand, R, DecisionReply>;

/** Scopes where a call may have reserved, and about which nothing is settled yet. */
export type Trail = ScopeKey[];

/** Each scope is asked at most twice or three times, unless policies and counters change under the call. */
const ROUNDS_MAX = 12;

/**
 * A call across partitions (policy.md 3): home judges, the wider scopes reserve, home decides. What of the reservations does not
 * belong to a call that was let pass is given back once home has logged so; what could not be given back stays on `trail`, as does
 * what may be reserved when this throws: then the id has to be ended (`abortInSteps`), unless it is repeated before.
 */
export function* decideInSteps(command: Decide, trail: Trail): Errands<DecidedReply> {
  let scoped: readonly ScopeAnswer[] = [];
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const reply = (yield home(command.grant.grant_id, scoped.length === 0 ? command : { ...command, scoped })) as DecidedReply | ScopeAskedReply;
    if (reply.type === 'Decided') {
      if (reply.at !== null) yield* giveBackUnused(command, reply, trail);
      return reply;
    }
    const { ask } = reply;
    if (scoped.some(({ scope, outcome }) => scope === ask.scope && outcome === 'held')) throw changed();
    const answer = ask.mode === 'reserve' ? yield* reserveFor(command, ask, trail) : yield* readFor(ask, command.dry_run);
    scoped = [...scoped.filter(({ scope }) => scope !== ask.scope), answer];
  }
  throw new DocketError('unavailable', {
    reason: 'LIMITS_UNSETTLED', message: 'The limits that this call shares with others changed again and again while it was decided.', retryAfterMs: 100,
  });
}

/** Ends the id of a call that reserved and has no verdict, and gives back what it reserved. A call that was let pass after all keeps it. */
export function* abortInSteps({ grant_id, call_id, actor }: Pick<Abort, 'grant_id' | 'call_id' | 'actor'>, trail: Trail): Errands<void> {
  const ended = (yield home(grant_id, { type: 'Abort', grant_id, call_id, actor })) as EndedReply;
  for (const { scope, key } of [...trail]) {
    if (!ended.passes.includes(scope)) yield errandOf({ type: 'Release', scope, key, grant_id, call_id, cause: ended.aborted ? 'aborted' : 'refused', actor });
    settled(trail, scope);
  }
}

/** A settlement, and what of it is given back in wider scopes: their limits' readings follow. Repeating it finishes what was not finished. */
export function* settleInSteps(command: Settle): Errands<{ readonly reply: SettledReply; readonly elsewhere: readonly LimitReading[] }> {
  const { call_id, grant: { grant_id }, caller, outcome } = command;
  const reply = (yield home(grant_id, command)) as SettledReply;
  const elsewhere: LimitReading[] = [];
  for (const { scope, key } of reply.event.elsewhere ?? []) {
    const cause: ReleaseCause = outcome === 'NOT_SENT' ? 'not_sent' : 'failed';
    const released = (yield errandOf({ type: 'Release', scope, key, grant_id, call_id, cause, actor: caller.subject })) as ReleasedReply;
    elsewhere.push(...released.refunded);
  }
  return { reply, elsewhere };
}

/** The list, with how limits of wider scopes stand, or without those that cannot be asked. */
export function* visibleInSteps(command: ListVisibleTools): Errands<VisibleToolsReply> {
  let scoped: readonly ScopeAnswer[] = [];
  for (;;) {
    const reply = (yield home(command.grant.grant_id, scoped.length === 0 ? command : { ...command, scoped })) as VisibleToolsReply | ScopeAskedReply;
    if (reply.type === 'VisibleTools') return reply;
    scoped = [...scoped, yield* readFor(reply.ask, false)];
  }
}

function* reserveFor({ call_id, grant, content, tool, agent, caller }: Decide, { scope, key, server_id, limits }: ScopeAsk, trail: Trail): Errands<ScopeAnswer> {
  trail.push({ scope, key });
  try {
    const quota = (yield errandOf({ type: 'Reserve', scope, key, call_id, grant_id: grant.grant_id, content, server_id, tool, agent, limits, actor: caller.subject })) as QuotaReply;
    if (quota.outcome !== 'held') settled(trail, scope);
    return { scope, key, outcome: quota.outcome, limits: quota.limits };
  } catch (error) {
    if (isNotDone(error)) settled(trail, scope);
    throw error;
  }
}

/** Who is refused anyway, or only looks, goes on without what cannot be read; a dry run would say too little. */
function* readFor({ scope, key, limits }: ScopeAsk, isNeeded: boolean): Errands<ScopeAnswer> {
  try {
    const quota = (yield errandOf({ type: 'ReadQuota', scope, key, limits })) as QuotaReply;
    return { scope, key, outcome: 'read', limits: quota.limits };
  } catch (error) {
    if (isNeeded || !(error instanceof DocketError)) throw error;
    return { scope, key, outcome: 'silent', limits: [] };
  }
}

/** Also of a verdict that is only replayed: whoever gave it may have died before this. */
function* giveBackUnused({ call_id, grant: { grant_id }, caller }: Decide, { event }: DecidedReply, trail: Trail): Errands<void> {
  const counts = heldBy(event).map(({ scope }) => scope);
  const held: ScopeKey[] = [...trail];
  for (const { scope, key, outcome } of event.scoped ?? []) {
    if ((outcome === 'held' || outcome === 'returned') && !held.some((one) => one.scope === scope)) held.push({ scope, key });
  }
  for (const { scope, key } of held) {
    if (!counts.includes(scope)) {
      try {
        yield errandOf({ type: 'Release', scope, key, grant_id, call_id, cause: 'refused', actor: caller.subject });
      } catch {
        // The verdict stands whatever becomes of this; it is tried again with what is on the trail.
        if (!trail.some((one) => one.scope === scope)) trail.push({ scope, key });
        continue;
      }
    }
    settled(trail, scope);
  }
}

function settled(trail: Trail, scope: ScopeKey['scope']): void {
  const at = trail.findIndex((one) => one.scope === scope);
  if (at >= 0) trail.splice(at, 1);
}

function home(key: string, command: DecisionCommand): Errand {
  return { key, command };
}

function errandOf(command: DecisionCommand & ScopeKey): Errand {
  return { key: command.key, command };
}

/** Whether it is certain that nothing was logged: a refusal, or a failure that says so. */
function isNotDone(error: unknown): boolean {
  if (!(error instanceof DocketError)) return false;
  const outcome = error.metadata['outcome'];
  if (outcome !== undefined) return outcome === 'not_decided';
  return !['unavailable', 'deadline_exceeded', 'internal', 'data_loss'].includes(error.kind);
}

function changed(): DocketError {
  return new DocketError('failed_precondition', {
    reason: 'CALL_ABORTED', message: 'The policy changed what this call counts on while it was decided. Sending it takes a new id.',
  });
}

/** Whether an error means that the call is over: repeating its id gives no verdict. */
export function isOver(error: unknown): boolean {
  if (!(error instanceof DocketError)) return false;
  return ['invalid_argument', 'unauthenticated', 'permission_denied', 'not_found', 'already_exists', 'failed_precondition'].includes(error.kind);
}

