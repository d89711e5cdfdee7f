import { DocketError } from '#errors';
import type { EventLog } from './event-log.js';
import { Fold, type Applied } from './fold.js';
import type { ResumeState, Runtime } from './resume-state.js';
import type { StateMachine } from './state-machine.js';
import { systemRuntime } from './system-runtime.js';

export interface FollowOptions<S, E> {
  readonly log: EventLog;
  readonly topic: string;
  readonly partition: number;
  readonly machine: StateMachine<S, never, E, unknown>;
  /** A snapshot or checkpoint; from the log's beginning if absent. */
  readonly from?: { readonly resume: ResumeState; readonly state: S };
  /** Called for every record in order, void ones too (`breaksChain` marks those that no honest writer leaves), after `fold` has applied it. */
  readonly onApplied: (applied: Applied<E>, fold: Fold<S, E>) => void | Promise<void>;
  readonly signal: AbortSignal;
  /** Length of one long poll. */
  readonly maxWaitMs?: number;
  /** Wait before reading again after an error that may pass. */
  readonly retryMs?: number;
  readonly onError?: (error: unknown) => void;
  readonly runtime?: Runtime;
}

/**
 * Follows one partition through the judge until `signal` aborts. Reading errors are tried again; rejects with DocketError
 * data_loss when the log ends before the reader or holds a valid event that cannot be applied, and with whatever `onApplied` throws.
 */
export async function follow<S, E>(options: FollowOptions<S, E>): Promise<void> {
  const { log, topic, partition, machine, from, onApplied, signal, maxWaitMs = 500, retryMs = 500, onError, runtime = systemRuntime() } = options;
  const fold = new Fold(machine, topic, partition, from);
  while (!signal.aborted) {
    let records;
    try {
      records = await log.read({ topic, partition }, fold.resume.offset, { maxWaitMs, signal });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof DocketError && error.kind === 'data_loss') throw error;
      onError?.(error);
      await pause(runtime, retryMs, signal);
      continue;
    }
    for (const record of records) {
      if (signal.aborted) return;
      const applied = fold.apply(record);
      const done = onApplied(applied, fold);
      if (done !== undefined) await done;
    }
  }
}

function pause(runtime: Runtime, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = runtime.after(ms, end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
