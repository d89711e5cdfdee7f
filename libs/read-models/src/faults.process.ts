import { decisionMachine, type DecisionEvent } from '#decision';
import { PostgresEventLog } from '#ledger';
import { DECISION_PROJECTIONS } from './catalogue.js';
import type { Projection } from './projection.js';
import { ReadModels } from './read-models.js';
import { TopicFollower } from './topic-follower.js';

/**
 * A projector for faults.int.spec.ts to kill: it lets so many batches of the last projection pass, then says that it has
 * written rows whose transaction has not ended, and waits there.
 */
const [partitions = '1', passing = '0'] = process.argv.slice(2);
const url = process.env['DATABASE_URL'] ?? '';
let left = Number(passing);

const projections = DECISION_PROJECTIONS.map((projection, index): Projection<DecisionEvent> => index < DECISION_PROJECTIONS.length - 1 ? projection : {
  ...projection,
  async open(target) {
    const writer = await projection.open(target);
    return { async write(transaction, batches) {
      await writer.write(transaction, batches);
      if (left-- > 0) return;
      process.stdout.write('written\n');
      await new Promise(() => undefined);
    } };
  },
});

const log = new PostgresEventLog({ connectionString: url });
// Few records at a time, so that there are many places to be killed at.
const slow = { read: (tp: Parameters<typeof log.read>[0], from: number, options?: Parameters<typeof log.read>[2]) => log.read(tp, from, { ...options, maxRecords: 15 }), endOffset: (tp: Parameters<typeof log.endOffset>[0]) => log.endOffset(tp) };
await new TopicFollower<DecisionEvent>({
  readModels: await ReadModels.open(url), log: slow, topic: 'docket.decisions', partitions: Number(partitions), decode: decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined).decode, projections,
  signal: new AbortController().signal, onTrouble: (error) => process.stderr.write(`${String(error)}\n`), onStopped: () => undefined, onSwitched: () => undefined,
}).run();
