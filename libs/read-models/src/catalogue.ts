import type { DecisionEvent } from '#decision';
import type { Projection } from './projection.js';
import { decisionsProjection } from './projections/decisions.projection.js';

/** Projections of the decisions topic. */
export const DECISION_PROJECTIONS: readonly Projection<DecisionEvent>[] = [decisionsProjection];
