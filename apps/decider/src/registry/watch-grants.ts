import { DocketError } from '#errors';
import type { Edit, GrantRecord, Identity, PublicationRecord } from '#registry';
import { inForce, setGrant, setPolicyVersion } from '#registry';
import type { RegistryChange, RegistryFollower } from './registry.follower.js';

const BUFFER_MAX = 10_000;

/** One message of the stream. `registryOffset`: up to which the stream is complete. */
export type WatchedChange =
  | { readonly registryOffset: number; readonly edit: Edit }
  | { readonly registryOffset: number; readonly inSync: true };

export interface WatchOptions {
  /** Only what was edited after this registry offset; 0: everything. */
  readonly afterOffset: number;
  readonly signal: AbortSignal;
  /** Changes that may wait for this consumer; beyond it the stream ends with an error. */
  readonly bufferMax?: number;
}

/**
 * The grants and policies that a caller may see, as they are; then `inSync`; then every change as it comes. An object may
 * come twice, never older than before. Ends when `signal` aborts; throws DocketError when the consumer is too slow, or its
 * credential has been revoked.
 */
export async function* watchGrants(follower: RegistryFollower, caller: Identity, options: WatchOptions): AsyncGenerator<WatchedChange, void, undefined> {
  const { afterOffset, signal, bufferMax = BUFFER_MAX } = options;
  const through = follower.through;
  if (!Number.isSafeInteger(afterOffset) || afterOffset < 0) throw invalidOffset(afterOffset);
  if (afterOffset > through) throw ahead(afterOffset, through);
  const subscription = new Subscription(follower, caller, bufferMax, signal);
  try {
    // What changed since the stream began may be sent as it is by now; its changes before that must not follow.
    const sentAhead = new Map<string, number>();
    for (const edit of presentEdits(follower, caller)) {
      if (signal.aborted) return;
      if (edit.registry_offset <= afterOffset || !sees(caller, edit)) continue;
      if (edit.registry_offset > through) sentAhead.set(objectOf(edit), edit.registry_offset);
      yield { registryOffset: afterOffset, edit };
    }
    yield { registryOffset: through, inSync: true };
    for (;;) {
      const edits = await subscription.next();
      if (signal.aborted) return;
      for (const edit of edits) {
        if (edit.registry_offset > (sentAhead.get(objectOf(edit)) ?? 0)) yield { registryOffset: edit.registry_offset, edit };
      }
    }
  } finally {
    subscription.end();
  }
}

/** Read as it goes, from lists that only grow: what changes meanwhile is seen as it is then, and comes again as a change. */
function* presentEdits(follower: RegistryFollower, { organisation }: Identity): Generator<Edit> {
  const own = follower.state.organisations.get(organisation);
  const policies = own?.policyIds.length ?? 0;
  const grants = own?.grantIds.length ?? 0;
  for (let index = 0; index < policies; index += 1) {
    const publication: PublicationRecord | undefined = inForce(follower.state, organisation, own?.policyIds[index] ?? '');
    if (publication !== undefined) yield setPolicyVersion(publication);
  }
  for (let index = 0; index < grants; index += 1) {
    const grant: GrantRecord | undefined = follower.state.grants.get(own?.grantIds[index] ?? '');
    if (grant !== undefined) yield setGrant(grant);
  }
}

function objectOf(edit: Edit): string {
  return edit.type === 'SetGrant' ? `grant ${edit.grant_id}` : `policy ${edit.policy_id}`;
}

function sees(caller: Identity, edit: Edit): boolean {
  if (edit.organisation !== caller.organisation) return false;
  return edit.type === 'SetPolicyVersion' || caller.server_ids.length === 0 || caller.server_ids.includes(edit.server_id);
}

/** Changes that wait for one consumer. */
class Subscription {
  private buffer: Edit[] = [];
  private problem: DocketError | undefined;
  private wake: (() => void) | undefined;
  private readonly unsubscribe: () => void;
  private readonly onAbort = (): void => this.wake?.();

  constructor(
    follower: RegistryFollower,
    private readonly caller: Identity,
    private readonly bufferMax: number,
    private readonly signal: AbortSignal,
  ) {
    this.unsubscribe = follower.onChange((change) => this.take(change));
    signal.addEventListener('abort', this.onAbort);
  }

  async next(): Promise<readonly Edit[]> {
    while (this.buffer.length === 0 && this.problem === undefined && !this.signal.aborted) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.problem !== undefined) throw this.problem;
    const edits = this.buffer;
    this.buffer = [];
    return edits;
  }

  end(): void {
    this.unsubscribe();
    this.signal.removeEventListener('abort', this.onAbort);
  }

  private take({ event, edit }: RegistryChange): void {
    if (this.problem !== undefined) return;
    if (event?.type === 'CredentialRevoked' && event.credential_id === this.caller.credential_id) this.fail(revoked());
    else if (edit === undefined || !sees(this.caller, edit)) return;
    else if (this.buffer.length >= this.bufferMax) this.fail(tooSlow(this.bufferMax));
    else this.buffer.push(edit);
    this.wake?.();
  }

  private fail(problem: DocketError): void {
    this.problem = problem;
    this.buffer = [];
  }
}

function tooSlow(waiting: number): DocketError {
  return new DocketError('resource_exhausted', {
    reason: 'WATCH_TOO_SLOW', message: `${waiting} changes waited for this stream to be read; begin again after the last registry offset seen`,
  });
}

function revoked(): DocketError {
  return new DocketError('unauthenticated', { reason: 'CREDENTIAL_REVOKED', message: 'the credential of this stream has been revoked' });
}

function invalidOffset(found: number): DocketError {
  const description = `found ${found}, expected a whole number from 0`;
  return new DocketError('invalid_argument', {
    reason: 'INVALID_REQUEST', message: 'the request is not valid: after_registry_offset', violations: [{ field: 'after_registry_offset', description }],
  });
}

function ahead(afterOffset: number, through: number): DocketError {
  return new DocketError('unavailable', {
    reason: 'REGISTRY_BEHIND', message: `this node has read the registry up to offset ${through}, not yet to ${afterOffset}`, retryAfterMs: 500,
  });
}
