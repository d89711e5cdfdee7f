export { DECISION_PROJECTIONS } from './catalogue.js';
export { Generations, type Generation } from './generations.js';
export { ReadModels } from './read-models.js';
export { TopicFollower, type Progress, type TopicFollowerOptions } from './topic-follower.js';
