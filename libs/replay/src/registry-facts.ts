import type { DecisionSettings } from '#decision';
import { DocketError } from '#errors';
import { Fold } from '#ledger';
import { registryMachine } from '#registry';
import type { ReplayLog } from './replay-log.js';

export const REGISTRY = { topic: 'docket.registry', partition: 0 } as const;
export const DECISIONS_TOPIC = 'docket.decisions';

/** What the registry's log says that decisions rest on. */
export interface RegistryFacts {
  readonly partitions: number;
  readonly settings: DecisionSettings;
  /** Normalised policy documents by content hash. */
  readonly documents: ReadonlyMap<string, string>;
  /** Of the grants that were asked for, those that it has never heard of: perhaps a slip in an id. */
  readonly unknownGrants: readonly string[];
}

/** Folds the registry's log from its first record, and looks for some grants in it. Rejects with DocketError not_found / NO_REGISTRY if there is none. */
export async function readRegistry(log: ReplayLog, signal: AbortSignal, grants: readonly string[] = []): Promise<RegistryFacts> {
  const fold = new Fold(registryMachine(), REGISTRY.topic, REGISTRY.partition);
  try {
    for await (const records of log.records(REGISTRY, signal)) for (const record of records) fold.apply(record);
  } catch (error) {
    if (error instanceof DocketError && error.kind === 'not_found') throw noRegistry();
    throw error;
  }
  const { created, documents } = fold.state;
  if (created === null) throw noRegistry();
  const { decisions_partitions: partitions, call_id_memory_ms: callIdMemoryMs, call_id_ahead_ms: callIdAheadMs } = created.event;
  return { partitions, settings: { callIdMemoryMs, callIdAheadMs }, documents: new Map(documents), unknownGrants: grants.filter((grant) => !fold.state.grants.has(grant)) };
}

function noRegistry(): DocketError {
  return new DocketError('not_found', { reason: 'NO_REGISTRY', message: 'this log has no registry: it was never started, or the registry’s file is missing' });
}
