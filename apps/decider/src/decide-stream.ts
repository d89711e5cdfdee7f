import type { ServerDuplexStream } from '@grpc/grpc-js';
import { statusMessage } from '#contracts';
import type { decision } from '#contracts';
import { DocketError } from '#errors';
import { malformedRequest, MALFORMED_REQUEST, statusDetailsOf } from '#platform';

export const STREAM_CALLS_MAX = 512;
/** Calls of one stream that are being decided; beyond it the client is not read until some are answered. */
const IN_FLIGHT_MAX = 2 * STREAM_CALLS_MAX;

type Stream = ServerDuplexStream<decision.DecideStreamRequest__Output, decision.DecideStreamResponse>;

export interface DecideStreamOptions {
  readonly call: Stream;
  /** Decides one call; called for all calls of a message in its order. Rejects with DocketError. `authorise` ran before it. */
  readonly decide: (request: decision.DecideRequest__Output) => Promise<decision.DecideResponse>;
  /** Takes the outcome of an earlier call. Rejects with DocketError. `authorise` ran before it. */
  readonly settle: (request: decision.SettleRequest__Output) => Promise<decision.SettleResponse>;
  /** Who owns the grant's partition, if another node does. */
  readonly ownerOf?: (request: { readonly grant: string }) => decision.Owner | undefined;
  /** This node has more calls than it can decide soon: no more are read while some of this stream are in flight. */
  readonly isCongested?: () => boolean;
  /** Checks the credential again, for every message: a revoked one ends the stream. Throws DocketError. */
  readonly authorise: () => void;
  /** Aborted when the server drains: what is in flight is answered, then the stream ends with UNAVAILABLE. */
  readonly draining: AbortSignal;
}

/**
 * Serves one DecideStream: calls, and outcomes of earlier ones. Answers that become ready together leave in one message; a client that does not read its
 * answers is not read either. An error of one call is that call's; an error of the stream itself ends it, after the
 * answers in flight. Resolves when the stream has ended; rejects with the error that it is to end with.
 */
export function serveDecideStream({ call, decide, settle: settleOne, ownerOf = () => undefined, isCongested = () => false, authorise, draining }: DecideStreamOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let inFlight = 0;
    let ready: decision.DecideStreamAnswer[] = [];
    let isFlushing = false;
    let isBlocked = false;
    let ending: (() => void) | undefined;

    const settle = (): void => {
      if (ending === undefined || inFlight > 0 || ready.length > 0 || isBlocked) return;
      const end = ending;
      ending = undefined;
      for (const [event, listener] of listeners) call.off(event, listener as (message: unknown) => void);
      draining.removeEventListener('abort', drain);
      end();
    };
    const endWith = (end: () => void): void => {
      if (ending !== undefined) return;
      ending = end;
      call.pause();
      settle();
    };
    const fail = (error: unknown): void => endWith(() => reject(error as Error));

    const regulate = (): void => {
      if (ending !== undefined) return;
      if (isBlocked || inFlight >= IN_FLIGHT_MAX || (inFlight > 0 && isCongested())) call.pause();
      else call.resume();
    };

    // Replies of one group commit arrive in one turn of the event loop: they are sent together.
    const flush = (): void => {
      isFlushing = false;
      while (ready.length > 0 && !isBlocked) {
        const answers = ready.slice(0, STREAM_CALLS_MAX);
        ready = ready.slice(STREAM_CALLS_MAX);
        isBlocked = !call.write({ answers });
      }
      regulate();
      settle();
    };
    const answer = (one: decision.DecideStreamAnswer): void => {
      inFlight -= 1;
      if (call.cancelled) return settle();
      ready.push(one);
      if (isFlushing || isBlocked) return;
      isFlushing = true;
      setImmediate(flush);
    };

    const onData = (message: decision.DecideStreamRequest__Output): void => {
      if (ending !== undefined) return;
      if ((message as object) === MALFORMED_REQUEST) return fail(malformedRequest());
      const { calls, settlements = [] } = message;
      if (calls.length > STREAM_CALLS_MAX) return fail(tooMany('calls', calls.length));
      if (settlements.length > STREAM_CALLS_MAX) return fail(tooMany('settlements', settlements.length));
      try {
        authorise();
      } catch (error) {
        return fail(error);
      }
      inFlight += calls.length + settlements.length;
      for (const request of calls) {
        const { callId } = request;
        decide(request).then(
          (response) => answer({ callId, decision: response, owner: ownerOf(request) ?? null }),
          (error: DocketError) => answer({ callId, error: statusMessage(statusDetailsOf(error)), owner: ownerOf(request) ?? null }),
        );
      }
      // Somebody waits for the verdicts; each outcome has its call's record looked up first.
      for (const request of settlements) take(request);
      regulate();
    };
    const take = (request: decision.SettleRequest__Output): void => {
      const { callId } = request;
      settleOne(request).then(
        (settled) => answer({ callId, settled, owner: ownerOf(request) ?? null }),
        (error: DocketError) => answer({ callId, settleError: statusMessage(statusDetailsOf(error)), owner: ownerOf(request) ?? null }),
      );
    };
    const onDrain = (): void => {
      isBlocked = false;
      flush();
    };
    const gone = (): void => {
      ready = [];
      isBlocked = false;
      endWith(resolve);
    };
    const drain = (): void => fail(stopping());
    const onEnd = (): void => endWith(() => {
      call.end();
      resolve();
    });
    const listeners: readonly (readonly [string, (message: never) => void])[] = [
      ['data', onData], ['end', onEnd], ['drain', onDrain], ['cancelled', gone], ['close', gone],
    ];
    for (const [event, listener] of listeners) call.on(event, listener as (message: unknown) => void);
    if (draining.aborted) drain();
    else draining.addEventListener('abort', drain);
  });
}

function tooMany(field: 'calls' | 'settlements', found: number): DocketError {
  return new DocketError('invalid_argument', {
    reason: 'TOO_MANY_CALLS',
    message: `a message carries at most ${STREAM_CALLS_MAX} ${field}, this one ${found}`,
    violations: [{ field, description: `found ${found}, expected at most ${STREAM_CALLS_MAX}` }],
  });
}

/** What a stream ends with when its server stops. */
export function stopping(): DocketError {
  return new DocketError('unavailable', { reason: 'STOPPING', message: 'this node is stopping; what it has not answered may be repeated with the same ids' });
}
