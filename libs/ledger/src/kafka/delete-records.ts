import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { DocketError } from '#errors';
import type { TopicPartition } from '../event-log.js';

/**
 * Moves the beginning of a Kafka log's partition up to `offset`, for good: for what is archived. The brokers delete what
 * is below when they please; readers get OFFSET_OUT_OF_RANGE at once. Rejects with DocketError unavailable / LOG_UNAVAILABLE.
 */
export async function deleteKafkaRecords(tp: TopicPartition, offset: number, connection: Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'>): Promise<void> {
  const admin = new Kafka({ ...connection, clientId: 'docket-archive', logLevel: logLevel.NOTHING, retry: { retries: 3 } }).admin();
  try {
    await admin.connect();
    // kafkajs looks for the leader in what it knows of the topic, which is nothing until it was asked for.
    await admin.fetchTopicOffsets(tp.topic);
    await admin.deleteTopicRecords({ topic: tp.topic, partitions: [{ partition: tp.partition, offset: String(offset) }] });
  } catch (cause) {
    throw new DocketError('unavailable', { reason: 'LOG_UNAVAILABLE', message: `the beginning of ${tp.topic}/${tp.partition} could not be deleted: ${cause instanceof Error ? cause.message : String(cause)}`, cause });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
