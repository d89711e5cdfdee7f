import type { DecisionSettings } from '#decision';
import type { TopicPartition } from '#ledger';
import { openValueKeys, openSource, type KeysSpec, type OpenedKeys, type OpenedSource, type SourceSpec } from './open-source.js';
import { PolicyTexts, sharesLimits } from './policy-texts.js';
import { replayPartition, type TimeRange } from './replay-partition.js';
import type { ReplayReport } from './replay-report.js';
import { whatIfPartition, whatIfTogether, type WhatIfScope } from './what-if-partition.js';
import type { WhatIfReport } from './what-if-report.js';

export type RunTask =
  | { readonly kind: 'replay'; readonly differencesMax: number }
  | { readonly kind: 'what-if'; readonly draftVersion: string; readonly scope: WhatIfScope; readonly examplesMax: number };

/** All that a thread needs to know. Plain data. */
export interface RunSpec {
  readonly source: SourceSpec;
  readonly keys: KeysSpec | undefined;
  readonly settings: DecisionSettings;
  /** Normalised policy documents by content hash; a draft, too. */
  readonly documents: ReadonlyMap<string, string>;
  readonly range: TimeRange;
  readonly task: RunTask;
}

/** Whether partitions cannot be run by themselves: a draft's limits are shared by grants of several. */
export function needsAllTogether({ task, documents }: RunSpec): boolean {
  return task.kind === 'what-if' && sharesLimits(documents.get(task.draftVersion) ?? '');
}

/** Runs partitions one after another on one opened source. */
export class PartitionRunner {
  private constructor(private readonly spec: RunSpec, private readonly source: OpenedSource, private readonly keys: OpenedKeys, private readonly policies: PolicyTexts) {}

  static async open(spec: RunSpec): Promise<PartitionRunner> {
    const source = await openSource(spec.source);
    try {
      return new PartitionRunner(spec, source, await openValueKeys(spec.keys), new PolicyTexts(spec.documents, spec.task.kind === 'what-if'));
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  run(tp: TopicPartition, signal: AbortSignal, onProgress: (records: number) => void): Promise<ReplayReport | WhatIfReport> {
    const { settings, range, task } = this.spec;
    const job = { log: this.source.log, tp, settings, policies: this.policies, keys: this.keys.keys, range, signal, onProgress };
    return task.kind === 'replay' ? replayPartition({ ...job, ...task }) : whatIfPartition({ ...job, ...task });
  }

  /** All partitions as one. */
  async runTogether(partitions: readonly TopicPartition[], signal: AbortSignal, onProgress: (records: number) => void): Promise<WhatIfReport> {
    const { settings, range, task } = this.spec;
    if (task.kind !== 'what-if') throw new Error('only what-if runs partitions together');
    return whatIfTogether({ log: this.source.log, settings, policies: this.policies, keys: this.keys.keys, range, signal, onProgress, ...task }, partitions);
  }

  async close(): Promise<void> {
    await this.keys.close();
    await this.source.close();
  }
}
