import type { Metadata } from '@grpc/grpc-js';
import { DocketError } from '#errors';
import { ownerTrailers, type OwnerNote } from './owner-trailers.js';
import type { Onward, Peers } from './peers.js';

interface Owner {
  readonly isHere: boolean;
  readonly address?: string;
  readonly epoch?: number;
}

/** Where the owner of a partition is, as the ledger says; the epoch if it is here and serves. */
export type OwnerOf = (partition: number) => Owner;

/** Structurally the ledger's runtime. */
interface Clock {
  monotonicMs(): number;
  after(ms: number, callback: () => void): unknown;
}

export interface RoutingOptions {
  readonly ownerOf: OwnerOf;
  readonly peers: Pick<Peers, 'call'>;
  readonly runtime: Clock;
  /** Where other nodes and clients reach this one, and how many partitions there are: to tell callers who owns theirs. */
  readonly address?: string;
  readonly partitions?: number;
}

/** One call that the owner of a partition has to answer. */
export interface Routed<A> {
  readonly partition: number;
  readonly service: string;
  readonly method: string;
  readonly request: object;
  readonly onward: Onward;
  /** On the runtime's monotonic clock. */
  readonly deadlineMs: number;
  /** True for what may be asked twice: what a node that vanished has made of it is found out by asking its successor. */
  readonly isRepeatable: boolean;
  readonly here: () => Promise<A>;
}

/** Nobody has decided anything: the partition is somewhere else by now. */
const MOVED: readonly string[] = ['NOT_OWNER', 'NEWER_OWNER', 'NO_OWNER', 'PARTITION_NOT_CLAIMED', 'STOPPING'];
const PAUSE_MS = 25;
const PAUSE_MAX_MS = 400;
/** How often in a row a call goes on at once to another place than the one that has just refused it. */
const HURRIES_MAX = 2;
/** Calls that wait for a partition to have an owner again. */
const WAITING_MAX = 4_096;

/**
 * Answers a call here if this node owns the partition, or hands it on to the node that does, in one hop. While the partition moves, and
 * while nobody owns it, the call waits and tries again, as long as its deadline allows. A call that was handed on is never handed on again: its
 * first node knows what to do.
 */
export class Routing {
  readonly #o: RoutingOptions;
  /** The newest epoch of each partition that another node has named. */
  readonly #heard = new Map<number, number>();
  readonly #named = new Map<number, { readonly note: OwnerNote; readonly trailers: Metadata }>();
  /** Who owns a partition instead of the node that this node's table of owners still names; that one has said so, and the other has answered. */
  readonly #heirs = new Map<number, { readonly of: string; readonly address: string }>();
  readonly #waiting = new Set<() => void>();

  constructor(options: RoutingOptions) {
    this.#o = options;
  }

  /** Calls that wait for a partition to have an owner again. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Partitions have moved: who waits for that looks again at once. */
  moved(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async answer<A>(routed: Routed<A>): Promise<A> {
    const { partition, onward, here } = routed;
    let owner = this.#ownerOf(partition);
    // The usual case, without anything around it.
    if (onward.hops > 0) return owner.isHere && !isDeposed(owner.epoch, onward.epoch) ? here() : Promise.reject(notOwner(partition));
    const asked: Asked = { mayBeDecided: false };
    for (let pauseMs = PAUSE_MS, hurries = 0; ;) {
      const said: Said = { owner: undefined };
      try {
        return await this.#once(routed, owner, said);
      } catch (error) {
        if (!isWorthAnother(error, routed.isRepeatable, asked)) {
          // The next table of owners may still name who named it.
          if (isUnreachable(error)) this.#heirs.delete(partition);
          throw inAll(error, asked);
        }
        // Who was the owner may have read who came after it, long before this node's table of owners is a new one.
        const next = said.owner;
        if (next !== undefined) {
          try {
            const answer = await this.#handOn(routed, next, said);
            const { address } = this.#o.ownerOf(partition);
            if (address !== undefined) this.#heirs.set(partition, { of: address, address: next });
            return answer;
          } catch (another) {
            if (!isWorthAnother(another, routed.isRepeatable, asked)) throw inAll(another, asked);
          }
        }
        if (this.#o.runtime.monotonicMs() + pauseMs >= routed.deadlineMs) throw inAll(error, asked);
        if (this.#waiting.size >= WAITING_MAX) throw inAll(tooManyWait(partition), asked);
      }
      this.#heirs.delete(partition);
      const now = this.#ownerOf(partition);
      // It has moved while the call was away.
      if (hurries < HURRIES_MAX && (now.isHere !== owner.isHere || now.address !== owner.address) && (now.isHere || now.address !== undefined)) {
        hurries += 1;
        owner = now;
        continue;
      }
      hurries = 0;
      await this.#pause(pauseMs);
      pauseMs = Math.min(PAUSE_MAX_MS, 2 * pauseMs);
      owner = this.#ownerOf(partition);
    }
  }

  #ownerOf(partition: number): Owner {
    const owner = this.#o.ownerOf(partition);
    const heir = this.#heirs.get(partition);
    return heir === undefined || owner.address !== heir.of ? owner : { isHere: false, address: heir.address };
  }

  #once<A>(routed: Routed<A>, { isHere, address }: Owner, said: Said): Promise<A> {
    const { partition, here } = routed;
    if (isHere) return here();
    if (address === undefined) return Promise.reject(noOwner(partition));
    return this.#handOn(routed, address, said);
  }

  /** `said.owner`: another node than the one that was asked and this one, if that is what it has named. */
  #handOn<A>({ partition, service, method, request, onward }: Routed<A>, address: string, said: Said): Promise<A> {
    const heard = this.#heard.get(partition) ?? 0;
    return this.#o.peers.call<A>(address, service, method, request, { ...onward, epoch: heard }, (epoch, owner) => {
      if (epoch > (this.#heard.get(partition) ?? 0)) this.#heard.set(partition, epoch);
      said.owner = owner === address || owner === this.#o.address ? undefined : owner;
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      this.#o.runtime.after(ms, wake);
    });
  }

  /** Who owns a partition, to tell a caller; undefined while nobody is known to. */
  ownerNote(partition: number): OwnerNote | undefined {
    return this.#name(partition)?.note;
  }

  /** The same as trailing metadata. */
  trailers(partition: number): Metadata | undefined {
    return this.#name(partition)?.trailers;
  }

  #name(partition: number): { readonly note: OwnerNote; readonly trailers: Metadata } | undefined {
    const { isHere, address: elsewhere, epoch: ownEpoch = 0 } = this.#ownerOf(partition);
    const address = isHere ? this.#o.address : elsewhere;
    if (address === undefined) return undefined;
    const epoch = isHere ? ownEpoch : this.#heard.get(partition) ?? 0;
    const known = this.#named.get(partition);
    if (known?.note.address === address && known.note.epoch === epoch) return known;
    const note = { address, partition, partitions: this.#o.partitions ?? 1, epoch };
    const made = { note, trailers: ownerTrailers(note) };
    this.#named.set(partition, made);
    return made;
  }
}

interface Said {
  owner: string | undefined;
}

interface Asked {
  /** A node that was asked did not say what it has made of the call. */
  mayBeDecided: boolean;
}

/** Whoever handed the call on has heard of a newer owner than this node is: its events would be void. */
function isDeposed(epoch: number | undefined, heard: number): boolean {
  return epoch !== undefined && epoch < heard;
}

/** Takes down that the attempt may have been decided all the same. */
function isWorthAnother(error: unknown, isRepeatable: boolean, asked: Asked): boolean {
  if (!(error instanceof DocketError)) return false;
  if (isUnreachable(error) || error.metadata['outcome'] === 'unknown') asked.mayBeDecided = true;
  return MOVED.includes(error.reason) || (isRepeatable && isUnreachable(error));
}

function isUnreachable(error: unknown): boolean {
  return error instanceof DocketError && error.reason === 'OWNER_UNREACHABLE';
}

/** What the last attempt met, as an answer for all of them: that it decided nothing is no promise for one before it, whose node has vanished. */
function inAll(error: unknown, { mayBeDecided }: Asked): unknown {
  if (!mayBeDecided || !(error instanceof DocketError) || (error.metadata['outcome'] ?? 'not_decided') !== 'not_decided') return error;
  const { kind, reason, message, metadata, violations, retryAfterMs, cause } = error;
  return new DocketError(kind, { reason, message, metadata: { ...metadata, outcome: 'unknown' }, violations, ...(retryAfterMs !== undefined && { retryAfterMs }), cause });
}

function notOwner(partition: number): DocketError {
  return new DocketError('unavailable', { reason: 'NOT_OWNER', message: `another node owns partition ${partition} by now`, metadata: { outcome: 'not_decided' }, retryAfterMs: 100 });
}

function tooManyWait(partition: number): DocketError {
  return new DocketError('resource_exhausted', {
    reason: 'TOO_MANY_WAITING', message: `${WAITING_MAX} calls wait for partitions that have no owner just now, partition ${partition} among them`, metadata: { outcome: 'not_decided' }, retryAfterMs: 500,
  });
}

function noOwner(partition: number): DocketError {
  return new DocketError('unavailable', { reason: 'NO_OWNER', message: `partition ${partition} has no owner just now`, metadata: { outcome: 'not_decided' }, retryAfterMs: 200 });
}
