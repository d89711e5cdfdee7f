import type { DecisionSettings } from '#decision';
import type { TopicPartition } from '#ledger';
import { openValueKeys, openSource, type KeysSpec, type OpenedKeys, type OpenedSource, type SourceSpec } from './open-source.js';
import { PolicyTexts } from './policy-texts.js';
import { replayPartition, type TimeRange } from './replay-partition.js';
import type { ReplayReport } from './replay-report.js';
import { whatIfPartition, type WhatIfScope } from './what-if-partition.js';
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

/** Runs partitions one after another on one opened source. */
export class PartitionRunner {
  private constructor(private readonly spec: RunSpec, private readonly source: OpenedSource, private readonly keys: OpenedKeys, private readonly policies: PolicyTexts) {}

  static async open(spec: RunSpec): Promise<PartitionRunner> {
    const source = await openSource(spec.source);
    try {
      return new PartitionRunner(spec, source, await openValueKeys(spec.keys), new PolicyTexts(spec.documents));
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

  async close(): Promise<void> {
    await this.keys.close();
    await this.source.close();
  }
}
