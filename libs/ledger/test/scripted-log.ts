import type { AppendOutcome, EventLog, LogAppender, PartitionAppend } from '../src/event-log.js';
import { MemoryEventLog } from '../src/memory.event-log.js';

export type Script = (batch: readonly PartitionAppend[], store: () => Promise<AppendOutcome[]>) => Promise<AppendOutcome[]> | undefined;

/** A memory log whose appends a test can intercept: count them, lose them, lose their answers, hold them back. */
export class ScriptedLog extends MemoryEventLog implements EventLog {
  /** Every request sent, in order. */
  readonly requests: (readonly PartitionAppend[])[] = [];
  resets = 0;
  /** Returns what to answer instead; undefined lets the request through. */
  script: Script = () => undefined;
  lane: (partition: number) => string = () => 'memory';

  override laneOf(tp?: { readonly partition: number }): string {
    return this.lane(tp?.partition ?? 0);
  }

  override openAppender(): LogAppender {
    const inner = super.openAppender();
    return {
      append: async (batch, timeoutMs) => {
        this.requests.push(batch);
        const store = (): Promise<AppendOutcome[]> => inner.append(batch, timeoutMs);
        return (await this.script(batch, store)) ?? store();
      },
      reset: () => {
        this.resets += 1;
        inner.reset();
      },
      close: () => inner.close(),
    };
  }
}

export const unknownFor = (batch: readonly PartitionAppend[]): AppendOutcome[] => batch.map(() => ({ kind: 'unknown', error: new Error('scripted: no answer') }));
export const isClaim = (batch: readonly PartitionAppend[]): boolean => batch[0]!.records[0]!.key === null;
