import { randomBytes } from 'node:crypto';
import kafkajs from 'kafkajs';
import { PARTITIONS } from '../installation.js';
import type { Fault } from './fault.js';

const { Kafka, logLevel, Partitioners } = kafkajs;
const TOPIC = 'docket.decisions';
/** Near the largest batch that the topic takes. */
const LARGE_BYTES = 4_000_000;
const COPIES = 5;

const event = (partition: number, epoch: number, seq: number): Buffer => Buffer.from(JSON.stringify({
  specversion: '1.0', id: `${epoch}-${seq}`, source: `/docket/${TOPIC}/${partition}`, type: 'docket.decision.CallSettled.v1', time: new Date(0).toISOString(), subject: 'x', datacontenttype: 'application/json',
  epoch, seq: String(seq), prev: '0'.repeat(64), data: {},
}));
const claim = (partition: number, epoch: number): Buffer => {
  const nonce = randomBytes(16).toString('hex');
  return Buffer.from(JSON.stringify({
    specversion: '1.0', id: `claim-${nonce}`, source: `/docket/${TOPIC}/${partition}`, type: 'docket.ledger.PartitionClaimed.v1', time: new Date(0).toISOString(), datacontenttype: 'application/json',
    data: { epoch, nonce, node: 'a stranger', address: '127.0.0.1:1' },
  }));
};

export const STRANGER_FAULTS: readonly Fault[] = [
  {
    name: 'strange records', what: 'one partition gets records of 4 MB, of no form, of another partition, of an epoch that is over, claims that are void, and copies of records that count',
    async inject({ installation, random, history, hold }) {
      const partition = random.whole(0, PARTITIONS - 1);
      const kafka = new Kafka({ clientId: 'stranger', brokers: installation.kafka.addresses, logLevel: logLevel.NOTHING });
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      const put = async (what: string, value: Buffer | null): Promise<void> => {
        history.write({ kind: 'planted', topic: TOPIC, partition, what });
        await producer.send({ topic: TOPIC, acks: -1, messages: [{ partition, value }] });
        await hold(random.whole(50, 300));
      };
      const copies = await someRecords(kafka, partition);
      await put('a large record', randomBytes(LARGE_BYTES));
      await put('no value', null);
      await put('no JSON', Buffer.from('not JSON at all'));
      await put('a JSON text that is no event', Buffer.from('[1]'));
      await put('an event of another partition', event(partition + 1, 1, 1));
      await put('an event of the first epoch', event(partition, 1, 1));
      await put('a claim of the first epoch', claim(partition, 1));
      await put('a claim of an epoch far ahead', claim(partition, 1_000_000));
      for (const copy of copies) await put('a copy', copy);
      await producer.disconnect();
    },
  },
];

/** The first records of the partition, as anybody reads them. */
async function someRecords(kafka: InstanceType<typeof Kafka>, partition: number): Promise<Buffer[]> {
  const consumer = kafka.consumer({ groupId: `stranger-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const found: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer.run({
      autoCommit: false,
      async eachMessage({ partition: of, message }) {
        if (of !== partition || message.value === null || found.length === COPIES) return;
        found.push(message.value);
        if (found.length === COPIES) resolve();
      },
    }).catch(reject);
  });
  await consumer.disconnect();
  return found;
}
