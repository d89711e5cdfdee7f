import type { ClientUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js';
import { DocketError } from '#errors';
import { backOffMs } from './back-off.js';
import { authorization, failureOfCall, nodeFailure } from './failure.js';
import type { Failure } from './failure.js';
import type { Node, Sendable } from './node.js';
import type { Nodes } from './nodes.js';
import type { Owners } from './owners.js';
import { isWorthAnother } from './undecided.js';

const INTERNAL_ATTEMPTS_MAX = 3;

type Done<A> = (error: ServiceError | null, answer?: A) => void;

/** Something that may be asked again: of the owner of a grant, or of anybody. */
export interface Question<A> {
  /** '' if it is about no grant. */
  readonly grantId: string;
  readonly deadlineMs: number;
  /** How long one node may take before another one is asked. */
  readonly attemptMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly send: (node: Node<Sendable>, metadata: Metadata, options: { readonly deadline: number }, done: Done<A>) => ClientUnaryCall;
}

export interface Asking {
  readonly nodes: Pick<Nodes<never>, 'restMs'> & { pick(grantId: string): Node<Sendable> | undefined };
  readonly owners: Owners;
  readonly credential: () => string;
}

/** The answer of whoever can give one, within the deadline. Rejects with DocketError. */
export async function ask<A>({ nodes, owners, credential }: Asking, question: Question<A>): Promise<A> {
  const dueMs = performance.now() + question.deadlineMs;
  let last: Failure | undefined;
  for (let attempts = 1; ; attempts += 1) {
    if (question.signal?.aborted === true) throw aborted();
    const node = nodes.pick(question.grantId);
    let pauseMs = nodes.restMs;
    if (node !== undefined) {
      const result = await attempt(node, question, dueMs, credential, owners);
      if ('answer' in result) return result.answer;
      last = result.failure;
      if (!isWorthAnother(last.kind) || (last.kind === 'internal' && attempts >= INTERNAL_ATTEMPTS_MAX)) throw asError(last);
      if (last.reason === 'NOT_OWNER') owners.forgetGrant(question.grantId);
      pauseMs = last.ofNode && attempts === 1 ? 0 : Math.max(last.retryAfterMs ?? 0, backOffMs(attempts));
    }
    if (performance.now() + pauseMs >= dueMs) throw asError(last ?? nodeFailure('unavailable', 'NO_NODE', 'no node can be asked just now'));
    await pause(pauseMs, question.signal);
  }
}

function attempt<A>(node: Node<Sendable>, question: Question<A>, dueMs: number, credential: () => string, owners: Owners): Promise<{ readonly answer: A } | { readonly failure: Failure }> {
  return new Promise((resolve) => {
    let metadata: Metadata;
    try {
      metadata = authorization(credential);
    } catch {
      return resolve({ failure: { ...nodeFailure('unauthenticated', 'NO_CREDENTIAL', 'the function that gives the credential has failed', 'not_decided'), ofNode: false } });
    }
    const leftMs = Math.min(question.attemptMs, dueMs - performance.now());
    const call = question.send(node, metadata, { deadline: Date.now() + leftMs }, (error, answer) => {
      question.signal?.removeEventListener('abort', cancel);
      if (error === null) {
        node.rate(undefined);
        return resolve({ answer: answer! });
      }
      const failure = failureOfCall(error, node.address);
      if (question.signal?.aborted !== true) node.rate(failure);
      resolve({ failure });
    });
    const cancel = (): void => call.cancel();
    question.signal?.addEventListener('abort', cancel, { once: true });
    call.on('status', ({ metadata: trailers }) => owners.learnFrom(trailers));
  });
}

/** Ends early when the signal does. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

export function asError({ kind, reason, message, metadata, violations, retryAfterMs }: Failure): DocketError {
  return new DocketError(kind, { reason, message, metadata, violations, ...(retryAfterMs !== null && { retryAfterMs }) });
}

export function aborted(): DocketError {
  return new DocketError('deadline_exceeded', { reason: 'ABORTED', message: 'it was given up' });
}
