import { DocketError } from '#errors';
import { Fold, readUpToHole, type EventLog, type TopicPartition } from '#ledger';
import { registryMachine } from '#registry';
import { CliError } from './cli-error.js';
import { EXIT } from './exit-codes.js';

type Reader = Pick<EventLog, 'read' | 'endOffset'>;

const TOPICS = ['docket.registry', 'docket.decisions', 'docket.tokens'] as const;
const REGISTRY = { topic: TOPICS[0], partition: 0 } as const;
/** The registry's first event stands right behind its first claim. */
const LOOK_RECORDS = 200;

export interface LoggedPartition extends TopicPartition {
  /** Undefined: the registry says that there is one, and the log has none. */
  readonly endOffset: number | undefined;
}

/**
 * The partitions of a log. How many there are was fixed by the registry's first event; where that cannot be read, they are counted.
 * A log without a token broker has none of its topic. Rejects as the log does, or with CliError NOT_FOUND where there is no Docket's log.
 */
export async function partitionsOfLog(log: Reader): Promise<LoggedPartition[]> {
  const created = await registryBegin(log);
  const expected = [1, created?.decisions_partitions, created?.tokens_partitions];
  const found: LoggedPartition[] = [];
  for (const [index, topic] of TOPICS.entries()) {
    const count = expected[index];
    for (let partition = 0; partition < (count ?? Number.POSITIVE_INFINITY); partition += 1) {
      const endOffset = await log.endOffset({ topic, partition }).catch((error: unknown) => {
        if (error instanceof DocketError && error.reason === 'UNKNOWN_PARTITION') return undefined;
        throw error;
      });
      if (endOffset === undefined && (count === undefined || (topic === 'docket.tokens' && partition === 0))) break;
      found.push({ topic, partition, endOffset });
    }
  }
  if (found.some(({ endOffset = 0 }) => endOffset > 0)) return found;
  throw new CliError('this log has no registry yet: start Docket on it first', { exitCode: EXIT.error, code: 'NOT_FOUND' });
}

async function registryBegin(log: Reader): Promise<{ readonly decisions_partitions: number; readonly tokens_partitions: number } | undefined> {
  const fold = new Fold(registryMachine(), REGISTRY.topic, REGISTRY.partition);
  try {
    for (const record of await readUpToHole(log, REGISTRY, 0, { maxRecords: LOOK_RECORDS })) {
      fold.apply(record);
      if (fold.state.created !== null) return fold.state.created.event;
    }
  } catch (error) {
    // What is wrong with it is found, and said, when it is read.
    if (!(error instanceof DocketError) || (error.kind !== 'data_loss' && error.reason !== 'UNKNOWN_PARTITION')) throw error;
  }
  return undefined;
}
