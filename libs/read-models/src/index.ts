export { decisionsProjection } from './decisions.projection.js';
export type { ProjectedEvent, Projection } from './projection.js';
export { ReadModels } from './read-models.js';
