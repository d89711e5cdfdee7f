import type { Metadata } from '@grpc/grpc-js';
import { DECISION_SERVICE } from '#contracts';
import { HOPS_KEY } from '#platform';
import type { GrpcError } from '#platform';
import type { DecisionMetrics } from '../decision-metrics.js';
import type { Patience } from '../patience.js';
import type { Admission } from './admission.js';

const DECIDE = `/${DECISION_SERVICE}/Decide`;

/** Refuses unary Decide calls that could not be let in anyway as soon as their headers are there: the cheapest moment. */
export function decideGate(admission: Pick<Admission, 'refuse'>, patience: Pick<Patience, 'deadlineIn'>, metrics: Pick<DecisionMetrics, 'refused'>): (path: string, metadata: Metadata, allowedMs: number) => GrpcError | undefined {
  return (path, metadata, allowedMs) => {
    if (path !== DECIDE) return undefined;
    const refused = admission.refuse(metadata.get(HOPS_KEY).length > 0, patience.deadlineIn(allowedMs));
    if (refused !== undefined) metrics.refused();
    return refused?.grpc;
  };
}
