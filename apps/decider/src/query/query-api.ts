import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { query } from '#contracts';
import type { Runtime } from '#ledger';
import { asDocketError } from '#platform';
import type { Logger } from '#platform';
import { ALL_PROJECTIONS, livePositions } from '#read-models';
import type { Identity } from '#registry';
import type { Access } from '../access.js';
import { stopping } from '../decide-stream.js';
import type { DecisionMetrics } from '../decision-metrics.js';
import type { Patience } from '../patience.js';
import { listApprovals } from './approvals.query.js';
import { getDecision, listDecisions } from './decisions.query.js';
import { Lists, type ListsOptions, type QueryContext } from './lists.js';
import type { LogEnds } from './log.ends.js';
import { listGrants, listPolicies, listServers, REGISTRY_TOPIC } from './registry.query.js';
import { getUsage } from './usage.query.js';
import { getLimitWindows } from './windows.query.js';

/** However far away the caller's deadline is. */
const DEADLINE_MS_MAX = 60_000;

export interface QueryApiOptions extends ListsOptions {
  readonly ends: LogEnds;
  readonly access: Access;
  readonly patience: Patience;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly errors: Pick<DecisionMetrics, 'failed'>;
  /** Told how long each answer took. */
  readonly onAnswer?: (method: string, latencyMs: number) => void;
  readonly draining: AbortSignal;
}

type UnaryCall = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline' | 'once'>;

/** The query API behind its transport: who asks, for which organisation, until when, and what is logged of it. */
export class QueryApi {
  readonly #o: QueryApiOptions;
  readonly #lists: Lists;

  constructor(options: QueryApiOptions) {
    this.#o = options;
    this.#lists = new Lists(options);
  }

  listDecisions(request: query.ListDecisionsRequest__Output, metadata: Metadata, call: UnaryCall): Promise<query.ListDecisionsResponse> {
    return this.#answer('ListDecisions', metadata, call, (context) => listDecisions(this.#lists, request, context));
  }

  getDecision(request: query.GetDecisionRequest__Output, metadata: Metadata, call: UnaryCall): Promise<query.GetDecisionResponse> {
    return this.#answer('GetDecision', metadata, call, (context) => getDecision(this.#o, this.#o.ends, request, context));
  }

  getLimitWindows(request: query.GetLimitWindowsRequest__Output, metadata: Metadata, call: UnaryCall): Promise<query.GetLimitWindowsResponse> {
    return this.#answer('GetLimitWindows', metadata, call, async (context) => {
      // Whose a window is, its grant's row says: that one is older than the call, but of another topic.
      if (request.atLeast !== null) await this.#grantsAreKnown(context);
      return getLimitWindows(this.#lists, request, context);
    });
  }

  getUsage(request: query.GetUsageRequest__Output, metadata: Metadata, call: UnaryCall): Promise<query.GetUsageResponse> {
    return this.#answer('GetUsage', metadata, call, (context) => getUsage(this.#lists, request, context));
  }

  listGrants(request: query.ListGrantsRequest__Output, metadata: Metadata, call: UnaryCall): Promise<query.ListGrantsResponse> {
    return this.#answer('ListGrants', metadata, call, (context) => listGrants(this.#lists, request, context));
  }

  listServers(request: query.ListServersRequest__Output, metadata: Metadata, call: UnaryCall): Promise<query.ListServersResponse> {
    return this.#answer('ListServers', metadata, call, (context) => listServers(this.#lists, request, context));
  }

  listPolicies(request: query.ListPoliciesRequest__Output, metadata: Metadata, call: UnaryCall): Promise<query.ListPoliciesResponse> {
    return this.#answer('ListPolicies', metadata, call, (context) => listPolicies(this.#lists, request, context));
  }

  listApprovals(request: query.ListApprovalsRequest__Output, metadata: Metadata, call: UnaryCall): Promise<query.ListApprovalsResponse> {
    return this.#answer('ListApprovals', metadata, call, (context) => listApprovals(this.#lists, request, context));
  }

  /** How far each table has come; the same for every organisation. */
  listProjections(metadata: Metadata, call: UnaryCall): Promise<query.ListProjectionsResponse> {
    return this.#answer('ListProjections', metadata, call, async ({ deadlineMs }) => {
      const { rows, positions } = this.#o;
      const found = await rows.read(deadlineMs, (run) => livePositions(run, ALL_PROJECTIONS.map(({ name }) => name)));
      return { projections: await Promise.all(found.map((live) => positions.asOf(live))) };
    });
  }

  async #grantsAreKnown({ deadlineMs, signal }: QueryContext): Promise<void> {
    const end = await this.#o.ends.end(REGISTRY_TOPIC, 0);
    if (end !== undefined && end > 0) await this.#o.positions.passed('grants', { topic: REGISTRY_TOPIC, partition: 0, offset: end - 1, hash: undefined }, deadlineMs, signal);
  }

  async #answer<T>(method: string, metadata: Metadata, call: UnaryCall, run: (context: QueryContext) => Promise<T>): Promise<T> {
    const { access, runtime, patience, draining, logger } = this.#o;
    const startedMs = runtime.monotonicMs();
    let identity: Identity | undefined;
    try {
      identity = access.require(metadata, ['auditor']);
      if (draining.aborted) throw stopping();
      const cancelled = new AbortController();
      call.once('cancelled', () => cancelled.abort());
      const deadlineMs = Math.min(patience.deadlineMs(call.getDeadline()), startedMs + DEADLINE_MS_MAX);
      const answer = await run({ organisation: identity.organisation, deadlineMs, signal: AbortSignal.any([cancelled.signal, draining]) });
      const ms = since(runtime, startedMs);
      this.#o.onAnswer?.(method, ms);
      // Who has looked at what kind of thing is on record.
      logger.info({ method, by: identity.subject, ms }, 'asked');
      return answer;
    } catch (cause) {
      const error = asDocketError(cause, logger);
      this.#o.errors.failed(method, error);
      logger.info({ method, kind: error.kind, reason: error.reason, by: identity?.subject ?? '', ms: since(runtime, startedMs) }, 'question failed');
      throw error;
    }
  }
}

function since(runtime: Runtime, startedMs: number): number {
  return Math.round((runtime.monotonicMs() - startedMs) * 100) / 100;
}
