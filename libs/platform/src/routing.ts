import { DocketError } from '#errors';
import type { Onward, Peers } from './peers.js';

/** Where the owner of a partition is, as the ledger says. */
export type OwnerOf = (partition: number) => { readonly isHere: boolean; readonly address?: string };

/** Structurally the ledger's runtime. */
interface Clock {
  monotonicMs(): number;
  after(ms: number, callback: () => void): unknown;
}

export interface RoutingOptions {
  readonly ownerOf: OwnerOf;
  readonly peers: Pick<Peers, 'call'>;
  readonly runtime: Clock;
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
const MOVED: readonly string[] = ['NOT_OWNER', 'NEWER_OWNER', 'NO_OWNER', 'STOPPING'];
const PAUSE_MS = 25;
const PAUSE_MAX_MS = 400;

/**
 * Answers a call here if this node owns the partition, or hands it on to the node that does, in one hop. While the partition moves, and
 * while nobody owns it, the call waits and tries again, as long as its deadline allows. A call that was handed on is never handed on again: its
 * first node knows what to do.
 */
export class Routing {
  readonly #o: RoutingOptions;

  constructor(options: RoutingOptions) {
    this.#o = options;
  }

  async answer<A>(routed: Routed<A>): Promise<A> {
    const { partition, onward, here } = routed;
    const first = this.#o.ownerOf(partition);
    // The usual case, without anything around it.
    if (onward.hops > 0) return first.isHere ? here() : Promise.reject(notOwner(partition));
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(PAUSE_MAX_MS, 2 * pauseMs)) {
      try {
        return await this.#once(routed);
      } catch (error) {
        if (!isWorthAnother(error, routed.isRepeatable) || this.#o.runtime.monotonicMs() + pauseMs >= routed.deadlineMs) throw error;
      }
      await new Promise<void>((resolve) => this.#o.runtime.after(pauseMs, resolve));
    }
  }

  #once<A>({ partition, service, method, request, onward, here }: Routed<A>): Promise<A> {
    const { isHere, address } = this.#o.ownerOf(partition);
    if (isHere) return here();
    return address === undefined ? Promise.reject(noOwner(partition)) : this.#o.peers.call<A>(address, service, method, request, onward);
  }
}

function isWorthAnother(error: unknown, isRepeatable: boolean): boolean {
  if (!(error instanceof DocketError)) return false;
  return MOVED.includes(error.reason) || (isRepeatable && error.reason === 'OWNER_UNREACHABLE');
}

function notOwner(partition: number): DocketError {
  return new DocketError('unavailable', { reason: 'NOT_OWNER', message: `another node owns partition ${partition} by now`, metadata: { outcome: 'not_decided' }, retryAfterMs: 100 });
}

function noOwner(partition: number): DocketError {
  return new DocketError('unavailable', { reason: 'NO_OWNER', message: `partition ${partition} has no owner just now`, metadata: { outcome: 'not_decided' }, retryAfterMs: 200 });
}
