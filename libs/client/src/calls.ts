import type { ServiceError } from '@grpc/grpc-js';
import type { decision } from '#contracts';
import { backOffMs } from './back-off.js';
import { authorization, failureOfCall, nodeFailure } from './failure.js';
import type { Failure } from './failure.js';
import type { Sendable } from './node.js';
import { Node } from './node.js';
import { Nodes } from './nodes.js';
import type { Settings } from './options.js';
import { Owners } from './owners.js';
import { isWorthAnother, Undecided } from './undecided.js';
import type { CallOutcome } from './undecided.js';

type Answer = decision.DecideResponse__Output;

export interface CallOptions {
  /** How long the call may take, retries included. */
  readonly deadlineMs?: number;
  /** Gives the call up. What was sent may be decided all the same. */
  readonly signal?: AbortSignal;
}

/** What is asked for: a request that has been looked through, with the grant's id. */
export interface Asked {
  readonly grantId: string;
  readonly request: decision.DecideRequest & { readonly callId: string };
  readonly bytes: number;
}

/** An internal error that comes again will come again. */
const INTERNAL_ATTEMPTS_MAX = 3;
/** The node that said it is not the one, or will not be for long: there is another one, without a pause. */
const ELSEWHERE: readonly string[] = ['NOT_OWNER', 'NEWER_OWNER', 'NO_OWNER', 'STOPPING'];

/** One call on its way, over as many attempts as it takes. */
class Call implements Sendable {
  readonly grantId: string;
  readonly request: decision.DecideRequest & { readonly callId: string };
  readonly bytes: number;
  readonly dueMs: number;
  attempts = 0;
  isOver = false;
  /** Whether any attempt may have been decided. */
  outcome: CallOutcome = 'not_decided';
  /** It has left, and its node has not answered. */
  isOut = false;
  last: Failure | undefined;
  timer: NodeJS.Timeout | undefined;
  pause: NodeJS.Timeout | undefined;
  unlisten: (() => void) | undefined;

  constructor(asked: Asked, deadlineMs: number, readonly resolve: (answer: Answer) => void, readonly reject: (error: Undecided) => void) {
    this.grantId = asked.grantId;
    this.request = asked.request;
    this.bytes = asked.bytes;
    this.dueMs = performance.now() + deadlineMs;
  }

  get callId(): string {
    return this.request.callId;
  }
}

/** Has calls decided: sends each to where its grant's owner is, and again, with the same id, while that may help and its deadline allows. */
export class Calls {
  readonly #settings: Settings;
  readonly #pending = new Set<Call>();
  #bytes = 0;
  #idle: (() => void) | undefined;
  readonly owners: Owners;
  readonly nodes: Nodes<Call>;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.owners = new Owners(settings.ownerAddress);
    const events = {
      sent: (call: Call): void => this.#sent(call),
      answered: (call: Call, answer: Answer): void => this.#settle(call, () => call.resolve(answer)),
      failed: (call: Call, failure: Failure, ofStream: boolean): void => this.#failed(call, failure, ofStream),
      learned: (owner: Parameters<Owners['learn']>[0]): void => this.owners.learn(owner),
      lost: (address: string): void => this.owners.forget(address),
    };
    this.nodes = new Nodes(settings.addresses, this.owners, (address) => new Node(address, settings, events));
  }

  /** The recorded answer. Rejects with Undecided, and with nothing else. */
  decide(asked: Asked, { deadlineMs = this.#settings.deadlineMs, signal }: CallOptions = {}): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const call = new Call(asked, deadlineMs, resolve, reject);
      if (signal?.aborted === true) return reject(undecided(call, 'deadline_exceeded', 'ABORTED', 'the call was given up before it was sent'));
      if (!(deadlineMs > 0)) return reject(undecided(call, 'deadline_exceeded', 'DEADLINE_PASSED', 'the deadline had passed before the call was sent'));
      if (this.#pending.size >= this.#settings.callsMax || this.#bytes + call.bytes > this.#settings.callBytesMax) {
        return reject(undecided(call, 'resource_exhausted', 'CLIENT_QUEUE_FULL', `${this.#pending.size} calls wait for verdicts already`, 100));
      }
      this.#pending.add(call);
      this.#bytes += call.bytes;
      call.timer = setTimeout(() => this.#settle(call, () => reject(late(call, deadlineMs))), Math.min(deadlineMs, 2 ** 31 - 1));
      if (signal !== undefined) {
        const abort = (): void => this.#settle(call, () => reject(undecided(call, 'deadline_exceeded', 'ABORTED', 'the call was given up')));
        signal.addEventListener('abort', abort, { once: true });
        call.unlisten = () => signal.removeEventListener('abort', abort);
      }
      this.#send(call);
    });
  }

  /** Resolves when nothing is pending any more. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#pending.size === 0) resolve();
      else this.#idle = resolve;
    });
  }

  #send(call: Call): void {
    if (call.isOver) return;
    const node = this.nodes.pick(call.grantId);
    if (node === undefined) return this.#later(call, this.nodes.restMs);
    if (!node.send(call)) this.#sendAlone(call, node);
  }

  #sent(call: Call): void {
    call.attempts += 1;
    call.isOut = true;
  }

  /** As a call of its own: what cannot share a stream. */
  #sendAlone(call: Call, node: Node<Call>): void {
    let metadata: ReturnType<typeof authorization>;
    try {
      metadata = authorization(this.#settings.credential);
    } catch {
      return this.#failed(call, { ...nodeFailure('unauthenticated', 'NO_CREDENTIAL', 'the function that gives the credential has failed', 'not_decided'), ofNode: false }, false);
    }
    if (call.request.traceparent) metadata.set('traceparent', call.request.traceparent);
    this.#sent(call);
    const leftMs = call.dueMs - performance.now();
    const sent = node.decisions.Decide(call.request, metadata, { deadline: Date.now() + leftMs }, (error: ServiceError | null, answer) => {
      const failure = error === null ? undefined : failureOfCall(error, node.address);
      node.rate(failure);
      if (call.isOver) return;
      if (failure !== undefined) this.#failed(call, failure, false);
      else this.#settle(call, () => call.resolve(answer!));
    });
    sent.on('status', ({ metadata: trailers }) => this.owners.learnFrom(trailers));
  }

  #failed(call: Call, failure: Failure, ofStream: boolean): void {
    if (call.isOver) return;
    if (call.isOut && failure.outcome === 'unknown') call.outcome = 'unknown';
    call.isOut = false;
    call.last = failure;
    // A message that spoils a stream for all of its calls is found out by asking for each of them alone.
    if (ofStream && failure.kind === 'invalid_argument') {
      const node = this.nodes.pick(call.grantId);
      return node === undefined ? this.#later(call, this.nodes.restMs) : this.#sendAlone(call, node);
    }
    if (!isWorthAnother(failure.kind) || (failure.kind === 'internal' && call.attempts >= INTERNAL_ATTEMPTS_MAX)) return this.#settle(call, () => call.reject(failed(call, failure)));
    if (ELSEWHERE.includes(failure.reason)) this.owners.forgetGrant(call.grantId);
    // One that has left its node for another one need not wait for the first to be well again.
    this.#later(call, failure.ofNode ? (call.attempts > 1 ? backOffMs(call.attempts) : 0) : Math.max(failure.retryAfterMs ?? 0, backOffMs(call.attempts)));
  }

  #later(call: Call, pauseMs: number): void {
    // Waiting longer than the caller does helps nobody: he learns now why.
    if (performance.now() + pauseMs >= call.dueMs && call.last !== undefined) return this.#settle(call, () => call.reject(failed(call, call.last!)));
    call.pause = setTimeout(() => this.#send(call), pauseMs);
  }

  #settle(call: Call, say: () => void): void {
    if (call.isOver) return;
    call.isOver = true;
    clearTimeout(call.timer);
    clearTimeout(call.pause);
    call.unlisten?.();
    this.#pending.delete(call);
    this.#bytes -= call.bytes;
    say();
    if (this.#pending.size === 0) this.#idle?.();
  }
}

function undecided(call: Call, kind: Undecided['kind'], reason: string, message: string, retryAfterMs?: number): Undecided {
  // What was sent and not answered may be decided yet.
  const outcome = call.isOut ? 'unknown' : call.outcome;
  return new Undecided(kind, { reason, message, outcome, callId: call.callId, attempts: call.attempts, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

function late(call: Call, deadlineMs: number): Undecided {
  const last = call.last === undefined ? '' : `; at last ${call.last.reason}: ${call.last.message}`;
  return undecided(call, 'deadline_exceeded', 'DEADLINE_PASSED', `no verdict within ${Math.round(deadlineMs)} ms${last}`);
}

function failed(call: Call, { kind, reason, message, metadata, violations, retryAfterMs }: Failure): Undecided {
  return new Undecided(kind, {
    reason, message, metadata: { ...metadata, outcome: call.outcome }, violations, ...(retryAfterMs !== null && { retryAfterMs }), outcome: call.outcome, callId: call.callId, attempts: call.attempts,
  });
}
