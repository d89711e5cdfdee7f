import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import type { PartitionEnd, RawRecord } from './checker/evidence.js';

const { Kafka, logLevel } = kafkajs;
const TOPICS = ['docket.registry', 'docket.decisions'];
const WAIT_MS = 120_000;

/** Writes all records of both topics, byte for byte, with nothing but kafkajs's public consumer; rejects if they do not come. */
export async function exportLog(brokers: readonly string[], evidence: string): Promise<void> {
  const kafka = new Kafka({ clientId: 'exporter', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends: PartitionEnd[] = [];
  for (const topic of TOPICS) for (const { partition, high } of await admin.fetchTopicOffsets(topic)) ends.push({ topic, partition, end: Number(high) });
  await admin.disconnect();
  mkdirSync(join(evidence, 'log'), { recursive: true });
  const files = new Map(ends.map(({ topic, partition }) => [`${topic}-${partition}`, createWriteStream(join(evidence, 'log', `${topic}-${partition}.jsonl`))]));
  const left = new Map(ends.filter(({ end }) => end > 0).map(({ topic, partition, end }) => [`${topic}-${partition}`, end]));
  const consumer = kafka.consumer({ groupId: `exporter-${process.pid}-${Date.now()}`, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: TOPICS, fromBeginning: true });
  let done: () => void = () => undefined;
  const all = new Promise<void>((resolve) => { done = resolve; });
  await consumer.run({
    autoCommit: false, partitionsConsumedConcurrently: 4,
    async eachMessage({ topic, partition, message }) {
      const name = `${topic}-${partition}`;
      const end = left.get(name);
      if (end === undefined || Number(message.offset) >= end) return;
      const record: RawRecord = { offset: Number(message.offset), timestamp_ms: Number(message.timestamp), value: message.value === null ? null : message.value.toString('base64') };
      if (!files.get(name)!.write(`${JSON.stringify(record)}\n`)) await new Promise<void>((resolve) => files.get(name)!.once('drain', resolve));
      if (record.offset === end - 1) left.delete(name);
      if (left.size === 0) done();
    },
  });
  const timer = setTimeout(done, WAIT_MS);
  await all;
  clearTimeout(timer);
  await consumer.disconnect();
  await Promise.all([...files.values()].map((file) => new Promise<void>((resolve) => file.end(resolve))));
  if (left.size > 0) throw new Error(`the log could not be exported within ${WAIT_MS / 1_000} s: ${[...left.keys()].join(', ')} did not come to their ends`);
  writeFileSync(join(evidence, 'ends.json'), `${JSON.stringify(ends)}\n`);
}
