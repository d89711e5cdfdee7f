/** Reads the log again: derives recorded verdicts anew, tries other policies on recorded history, exports events for people. */
export { type LogReading, streamRecords } from './log-source.js';
export { logAsReplayLog, type ReplayLog } from './replay-log.js';
export { LogFiles } from './log-files.js';
export { openValueKeys, openSource, type KeysSpec, type LiveLog, type OpenedKeys, type OpenedSource, type SourceSpec } from './open-source.js';
export { DECISIONS_TOPIC, REGISTRY, type RegistryFacts, readRegistry } from './registry-facts.js';
export { PolicyTexts, type PolicyGap } from './policy-texts.js';
export { NO_VALUE_KEYS, StoredValueKeys, type KeyFound, type NoKey, type ValueKeys } from './grant-values.js';
export { CAUSES, GAPS, REPLAYED_TYPES, emptyReport, isFaultless, mergeReports, type Cause, type Difference, type Gap, type ReplayReport, type Tally } from './replay-report.js';
export { replayPartition, type PartitionJob, type ReplayJob, type TimeRange } from './replay-partition.js';
export { whatIfPartition, type WhatIfJob, type WhatIfScope } from './what-if-partition.js';
export { VERDICTS, mergeWhatIf, type Transition, type WhatIfExample, type WhatIfReport, type WhatIfRow } from './what-if-report.js';
export { runPartitions, type RunOptions } from './run-partitions.js';
export type { RunSpec, RunTask } from './partition-runner.js';
export { exportEvents, type ExportJob } from './export/export-events.js';
export { EXPORT_FORMATS, eventWriter, type EventWriter, type ExportFormat } from './export/event-writers.js';
export { FileOutput, streamOutput, type Output } from './export/output.js';
