import { decisionMachine } from '#decision';
import { ALL_PROJECTIONS, DECISION_PROJECTIONS, Generations, ReadModels, REGISTRY_PROJECTIONS, TopicFollower } from '#read-models';
import { decodeRegistryEvent } from '#registry';
import { PARTITIONS, TOPIC, type History } from './history.fixture.js';

/** Fills the projections' tables of a database with all of a history. */
export async function project({ log }: History, url: string): Promise<void> {
  const readModels = await ReadModels.open(url);
  const stopping = new AbortController();
  const stopped: unknown[] = [];
  const shared = { readModels, log, signal: stopping.signal, onTrouble: (error: unknown) => stopped.push(error), onStopped: (_one: unknown, at: unknown) => stopped.push(at), onSwitched: () => undefined };
  const { decode } = decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined);
  try {
    await new Generations(readModels).ensure(ALL_PROJECTIONS);
    const running = Promise.all([
      new TopicFollower({ ...shared, topic: 'docket.registry', partitions: 1, decode: decodeRegistryEvent, projections: REGISTRY_PROJECTIONS }).run(),
      new TopicFollower({ ...shared, topic: TOPIC, partitions: PARTITIONS, decode, projections: DECISION_PROJECTIONS }).run(),
    ]);
    const ends: Record<string, number> = { 'docket.registry': await log.endOffset({ topic: 'docket.registry', partition: 0 }), [TOPIC]: 0 };
    for (let partition = 0; partition < PARTITIONS; partition++) ends[TOPIC]! += await log.endOffset({ topic: TOPIC, partition });
    for (;;) {
      const rows = await readModels.source.query<{ topic: string; records_read: string }[]>('SELECT topic, records_read FROM docket.projections');
      if (rows.every(({ topic, records_read }) => Number(records_read) === ends[topic])) break;
      if (stopped.length > 0) throw new Error(`not projected: ${JSON.stringify(stopped[0])} ${String(stopped[0])}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    stopping.abort();
    await running;
  } finally {
    stopping.abort();
    await readModels.close();
  }
}
