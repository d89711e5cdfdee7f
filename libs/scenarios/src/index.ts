/** PURE: cases that say what Docket must answer (docs/policy-tests.md), read from YAML and played with a driver. */
export type { Scenario } from './case.js';
export { CoreDriver } from './core-driver.js';
export type { Action, CallAction, Note, Outcome, ScenarioDriver, SeenLimit } from './driver.js';
export { failureText } from './failure-text.js';
export { type CaseResult, type Failure, START_MS, type Turn, playCase, runCase } from './play-case.js';
export { type ReadCases, readCases } from './read-cases.js';
export type { SourceProblem } from './yaml-source.js';
