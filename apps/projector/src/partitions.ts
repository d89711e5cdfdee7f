import { Fold } from '#ledger';
import type { EventLog } from '#ledger';
import { registryMachine } from '#registry';

const REGISTRY = { topic: 'docket.registry', partition: 0 } as const;
const RETRY_MS = 500;

/** How many decisions partitions there are, from the registry's first event; waits for it. undefined once `signal` aborts. */
export async function decisionsPartitions(log: EventLog, signal: AbortSignal): Promise<number | undefined> {
  const fold = new Fold(registryMachine(), REGISTRY.topic, REGISTRY.partition);
  while (!signal.aborted) {
    // Until a decider has created the registry there is nothing to read, or not even a topic.
    const records = await log.read(REGISTRY, fold.resume.offset, { maxRecords: 100, maxWaitMs: RETRY_MS, signal }).catch(() => []);
    for (const record of records) {
      fold.apply(record);
      if (fold.state.created !== null) return fold.state.created.event.decisions_partitions;
    }
    if (records.length === 0) await new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS).unref());
  }
  return undefined;
}
