import type { DecisionEvent } from '#decision';
import type { RegistryEvent } from '#registry';
import type { Projection } from './projection.js';
import { approvalsProjection } from './projections/approvals.projection.js';
import { decisionsProjection } from './projections/decisions.projection.js';
import { limitChargesProjection } from './projections/limit-charges.projection.js';
import { limitWindowsProjection } from './projections/limit-windows.projection.js';
import { grantsProjection, policiesProjection, serversProjection } from './projections/registry.projections.js';
import { usageHourlyProjection } from './projections/usage-hourly.projection.js';

/** Projections of `docket.decisions`. */
export const DECISION_PROJECTIONS: readonly Projection<DecisionEvent>[] = [
  decisionsProjection, limitChargesProjection, limitWindowsProjection, usageHourlyProjection, approvalsProjection,
];

/** Projections of `docket.registry`. */
export const REGISTRY_PROJECTIONS: readonly Projection<RegistryEvent>[] = [grantsProjection, serversProjection, policiesProjection];

export const ALL_PROJECTIONS: readonly Projection<never>[] = [...DECISION_PROJECTIONS, ...REGISTRY_PROJECTIONS];
