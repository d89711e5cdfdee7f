import type { DocketClient } from '#client';
import { DocketError } from '#errors';
import type { Tracing } from '#platform';
import type { Upstreams } from '../ports.js';
import { contextOf, withTrace } from './request-traces.js';

const DECIDE = { 'rpc.system': 'grpc', 'rpc.service': 'docket.decision.v1.DecisionService', 'rpc.method': 'Decide' };

/** The same decider; each question is a span of the request that it is asked for. */
export function tracedDecider<D extends Pick<DocketClient, 'decide'>>(docket: D, tracing: Tracing): Pick<DocketClient, 'decide'> {
  if (!tracing.isOn) return docket;
  return {
    decide: async (call, options) => {
      const span = tracing.open(`${DECIDE['rpc.service']}/${DECIDE['rpc.method']}`, 'client', contextOf(call), DECIDE);
      try {
        const decision = await docket.decide({ ...call, traceparent: span.context.traceparent }, options);
        span.end({ 'docket.verdict': decision.verdict, 'docket.partition': decision.receipt.partition, 'docket.offset': decision.receipt.offset });
        return decision;
      } catch (error) {
        span.end(undefined, error instanceof DocketError ? error.reason : 'INTERNAL');
        throw error;
      }
    },
  };
}

/** The same upstreams; each request to one is a span, which the upstream gets as its parent. */
export function tracedUpstreams(upstreams: Pick<Upstreams, 'of'>, tracing: Tracing): Pick<Upstreams, 'of'> {
  if (!tracing.isOn) return upstreams;
  return {
    of: async (serverId, caller) => {
      const upstream = await upstreams.of(serverId, caller);
      return {
        describe: () => upstream.describe(),
        request: async (method, params, call) => {
          const span = tracing.open(method, 'client', contextOf(call), { 'mcp.method.name': method, 'docket.server': serverId });
          const answer = await tracing.within(span, () => upstream.request(method, params, withTrace(call, span.context)));
          if (answer.outcome === 'answered') span.end('error' in answer ? { 'rpc.jsonrpc.error_code': answer.error.code } : undefined);
          else span.end({ 'docket.outcome': answer.outcome }, answer.reason);
          return answer;
        },
      };
    },
  };
}
