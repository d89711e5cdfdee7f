export { ALL_PROJECTIONS, DECISION_PROJECTIONS, REGISTRY_PROJECTIONS } from './catalogue.js';
export { Generations, type Generation } from './generations.js';
export { livePositions, type LivePositions, type RunQuery } from './live-positions.js';
export { projectionStatus, type ProjectionStatus } from './projection-status.js';
export type { Batch, LogReader, ProjectedEvent, Projection, Target, Writer } from './projection.js';
export { ReadModels } from './read-models.js';
export { registryCreated } from './registry-created.js';
export { TopicFollower, type Progress, type TopicFollowerOptions } from './topic-follower.js';
export { verifyLimitWindows, type VerifiedPartition, type VerifyOptions, type WindowDifference } from './verify-limit-windows.js';
