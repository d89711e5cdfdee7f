import { Fold } from '#ledger';
import { registryMachine } from '#registry';
import type { RegistryCreated } from '#registry';
import { isDataLoss } from './feed.js';
import { pause } from './pause.js';
import type { LogReader } from './projection.js';

const REGISTRY = { topic: 'docket.registry', partition: 0 } as const;
const RETRY_MS = 500;

/** The registry's first event, which fixes how many partitions there are; waits for it. undefined once `signal` aborts; `onTrouble` is told why nothing could be read. Rejects with data_loss if it is gone. */
export async function registryCreated(log: LogReader, signal: AbortSignal, onTrouble?: (error: unknown) => void): Promise<RegistryCreated | undefined> {
  const fold = new Fold(registryMachine(), REGISTRY.topic, REGISTRY.partition);
  while (!signal.aborted) {
    // One at a time: what is missing behind it is not this reader's business. Until a decider has created the registry there is nothing to read, or not even a topic.
    const records = await log.read(REGISTRY, fold.resume.offset, { maxRecords: 1, maxWaitMs: RETRY_MS, signal }).catch((error: unknown) => {
      if (isDataLoss(error)) throw error;
      onTrouble?.(error);
      return [];
    });
    for (const record of records) {
      fold.apply(record);
      if (fold.state.created !== null) return fold.state.created.event;
    }
    if (records.length === 0) await pause(RETRY_MS, signal);
  }
  return undefined;
}
