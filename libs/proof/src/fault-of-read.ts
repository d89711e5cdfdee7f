import { DocketError } from '#errors';
import { lossText, type TopicPartition } from '#ledger';
import type { Fault } from './fault.js';

/** What a failed read says of a log that was read up to `offset`; undefined where it says nothing of the log, but of a service that does not answer. */
export function faultOfRead(error: unknown, { topic, partition }: TopicPartition, offset: number): Fault | undefined {
  if (!(error instanceof DocketError) || error.kind !== 'data_loss') return undefined;
  const loss = lossText(error);
  if (loss === undefined) return { topic, partition, kind: error.reason === 'LOG_FILE_DAMAGED' ? 'file' : 'missing', offset, what: error.message };
  const { throughOffset, ...rest } = loss;
  return { topic, partition, ...rest, ...(throughOffset !== undefined && throughOffset > loss.offset && { throughOffset }) };
}
