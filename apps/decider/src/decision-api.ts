import type { Metadata, ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { DECISION_SERVICE } from '#contracts';
import type { decision } from '#contracts';
import type { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { asDocketError, onwardOf, readTraceparent, traceContextOf, traceparentOf } from '#platform';
import type { Logger, Onward, OpenSpan, TraceContext, Tracing } from '#platform';
import type { Identity, Role } from '#registry';
import type { Access } from './access.js';
import { waitingOf } from './admission/waiting-of.js';
import { serveDecideStream, stopping } from './decide-stream.js';
import type { CallContext, DecisionDesk } from './decision-desk.js';
import type { DecisionLog } from './decision-log.js';
import { watchResponse } from './decision-responses.js';
import type { DecisionMetrics } from './decision-metrics.js';
import { verdictFacts } from './verdict-facts.js';
import { DEADLINE_MS_DEFAULT } from './patience.js';
import type { Patience } from './patience.js';
import type { RegistryFollower } from './registry/registry.follower.js';
import type { Routes } from './routing/routes.js';
import { watchGrants } from './registry/watch-grants.js';

const DECIDE = `${DECISION_SERVICE}/Decide`;
const SETTLE = `${DECISION_SERVICE}/Settle`;
const DECIDE_ROLES: readonly Role[] = ['gateway'];
const READ_ROLES: readonly Role[] = ['gateway', 'auditor'];

type Stream = ServerDuplexStream<decision.DecideStreamRequest__Output, decision.DecideStreamResponse>;
type WatchCall = Pick<ServerWritableStream<decision.WatchGrantsRequest__Output, decision.WatchGrantsResponse>, 'metadata' | 'once'>;
type UnaryCall = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'> & Partial<Pick<ServerUnaryCall<unknown, unknown>, 'cancelled'>>;

export interface DecisionApiOptions {
  readonly desk: DecisionDesk;
  readonly access: Access;
  readonly follower: RegistryFollower;
  readonly patience: Patience;
  readonly metrics: DecisionMetrics;
  readonly log: DecisionLog;
  readonly logger: Logger;
  readonly runtime: Runtime;
  readonly draining: AbortSignal;
  /** Calls of a stream are spans of it; undefined: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Where the calls of a stream go, if there are other nodes. */
  readonly routes?: Routes;
}

/** The decision API behind its transport: who asks, until when, and what is counted and logged of it. */
export class DecisionApi {
  readonly #o: DecisionApiOptions;

  constructor(options: DecisionApiOptions) {
    this.#o = options;
  }

  async decide(request: decision.DecideRequest__Output, metadata: Metadata, call: UnaryCall): Promise<decision.DecideResponse> {
    const startedMs = this.#o.runtime.monotonicMs();
    let identity: Identity | undefined;
    try {
      identity = this.#o.access.require(metadata, DECIDE_ROLES);
      const context = { identity, deadlineMs: this.#o.patience.deadlineMs(call.getDeadline()), trace: traceparentOf(metadata) };
      return this.#decided(request, await this.#o.desk.decide(request, { ...context, ...waitingOf(metadata, call) }), startedMs, identity);
    } catch (error) {
      throw this.#failed('Decide', error, startedMs, identity);
    }
  }

  decideStream(call: Stream): Promise<void> {
    let identity: Identity;
    const ofStream = traceContextOf(call.metadata);
    const authorise = (): void => {
      try {
        identity = this.#o.access.require(call.metadata, DECIDE_ROLES);
      } catch (error) {
        throw this.#failed('DecideStream', error, this.#o.runtime.monotonicMs(), undefined);
      }
    };
    const decide = async (request: decision.DecideRequest__Output): Promise<decision.DecideResponse> => {
      const startedMs = this.#o.runtime.monotonicMs();
      const by = identity;
      const { span, from } = this.#begin(DECIDE, request.traceparent, ofStream);
      // A stream may live for days: its deadline is no call's.
      const context = { identity: by, deadlineMs: startedMs + DEADLINE_MS_DEFAULT, trace: from.traceparent };
      const here = async (): Promise<decision.DecideResponse> => this.#decided(request, await this.#o.desk.decide(request, { ...context, isPaced: true, isGone: () => call.cancelled }, true), startedMs, by);
      try {
        const route = this.#o.routes?.decide(request);
        const onward = (): Onward => ({ ...onwardOf(call.metadata, this.#o.runtime.wallMs() + DEADLINE_MS_DEFAULT), ...from });
        const answer = route === undefined ? await here() : await route.routing.answer({ ...route, request, onward: onward(), deadlineMs: context.deadlineMs, here });
        span?.end(verdictFacts(answer));
        return answer;
      } catch (error) {
        const failure = this.#failed('DecideStream', error, startedMs, by);
        span?.end(undefined, failure.reason);
        throw failure;
      }
    };
    const settle = async (request: decision.SettleRequest__Output): Promise<decision.SettleResponse> => {
      const startedMs = this.#o.runtime.monotonicMs();
      const by = identity;
      const { span, from } = this.#begin(SETTLE, '', ofStream);
      const deadlineMs = startedMs + DEADLINE_MS_DEFAULT;
      const here = (): Promise<decision.SettleResponse> => this.#o.desk.settle(request, { identity: by, deadlineMs, trace: from.traceparent });
      try {
        const route = this.#o.routes?.settle(request);
        const onward = (): Onward => ({ ...onwardOf(call.metadata, this.#o.runtime.wallMs() + DEADLINE_MS_DEFAULT), ...from });
        const settled = route === undefined ? await here() : await route.routing.answer({ ...route, request, onward: onward(), deadlineMs, here });
        span?.end();
        return settled;
      } catch (error) {
        const failure = this.#failed('DecideStream', error, startedMs, by);
        span?.end(undefined, failure.reason);
        throw failure;
      }
    };
    // An agent's gateway that opens the stream before it has calls learns of a bad credential at once.
    authorise();
    const routes = this.#o.routes;
    return serveDecideStream({ call, decide, settle, authorise, isCongested: () => this.#o.desk.isCongested, draining: this.#o.draining, ...(routes && { ownerOf: (request: { readonly grant: string }) => routes.elsewhere(request) }) });
  }

  settle(request: decision.SettleRequest__Output, metadata: Metadata, call: UnaryCall): Promise<decision.SettleResponse> {
    return this.#other('Settle', DECIDE_ROLES, metadata, call, (context) => this.#o.desk.settle(request, context));
  }

  getDecision(request: decision.GetDecisionRequest__Output, metadata: Metadata, call: UnaryCall): Promise<decision.DecideResponse> {
    return this.#other('GetDecision', READ_ROLES, metadata, call, (context) => this.#o.desk.getDecision(request, context));
  }

  listVisibleTools(request: decision.ListVisibleToolsRequest__Output, metadata: Metadata, call: UnaryCall): Promise<decision.ListVisibleToolsResponse> {
    return this.#other('ListVisibleTools', READ_ROLES, metadata, call, (context) => this.#o.desk.listVisibleTools(request, context));
  }

  /** Changes of the grants that the caller may see, until the call ends. */
  async *watchGrants(request: decision.WatchGrantsRequest__Output, call: WatchCall): AsyncGenerator<decision.WatchGrantsResponse, void, undefined> {
    const startedMs = this.#o.runtime.monotonicMs();
    let identity: Identity | undefined;
    const cancelled = new AbortController();
    call.once('cancelled', () => cancelled.abort());
    try {
      identity = this.#o.access.require(call.metadata, DECIDE_ROLES);
      const signal = AbortSignal.any([cancelled.signal, this.#o.draining]);
      for await (const change of watchGrants(this.#o.follower, identity, { afterOffset: request.afterRegistryOffset, signal })) yield watchResponse(change);
      if (this.#o.draining.aborted) throw stopping();
    } catch (error) {
      throw this.#failed('WatchGrants', error, startedMs, identity);
    }
  }

  async #other<T>(method: string, roles: readonly Role[], metadata: Metadata, call: UnaryCall, run: (context: CallContext) => Promise<T>): Promise<T> {
    const startedMs = this.#o.runtime.monotonicMs();
    let identity: Identity | undefined;
    try {
      identity = this.#o.access.require(metadata, roles);
      return await run({ identity, deadlineMs: this.#o.patience.deadlineMs(call.getDeadline()), trace: traceparentOf(metadata) });
    } catch (error) {
      throw this.#failed(method, error, startedMs, identity);
    }
  }

  /** The span of one call of a stream, and what goes along with it; the call's own trace before the stream's. */
  #begin(name: string, traceparent: string, ofStream: TraceContext): { readonly span: OpenSpan | undefined; readonly from: TraceContext } {
    const from = traceparent !== '' && readTraceparent(traceparent) !== undefined ? { ...ofStream, traceparent, tracestate: '' } : ofStream;
    const span = this.#o.tracing?.open(name, 'server', from, { 'rpc.system': 'grpc', 'rpc.service': DECISION_SERVICE, 'rpc.method': 'DecideStream' });
    return { span, from: span?.context ?? from };
  }

  #decided(request: decision.DecideRequest__Output, response: decision.DecideResponse, startedMs: number, identity: Identity): decision.DecideResponse {
    const latencyMs = this.#o.runtime.monotonicMs() - startedMs;
    this.#o.metrics.decided(response, latencyMs);
    this.#o.log.decided(request, response, latencyMs, this.#o.desk.partitionOf(response.grantId ?? ''), identity.subject);
    return response;
  }

  #failed(method: string, cause: unknown, startedMs: number, identity: Identity | undefined): DocketError {
    const error = asDocketError(cause, this.#o.logger);
    this.#o.metrics.failed(method, error);
    this.#o.log.failed(method, error, this.#o.runtime.monotonicMs() - startedMs, identity?.subject ?? '');
    return error;
  }
}
