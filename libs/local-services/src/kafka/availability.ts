import { whyNoLocalKafka } from './distribution.js';

export type KafkaAvailability =
  | { readonly available: true; readonly via: 'KAFKA_BROKERS'; readonly brokers: readonly string[] }
  | { readonly available: true; readonly via: 'java+maven' }
  | { readonly available: false; readonly why: string };

/** Whether there is a Kafka to use here: brokers named by KAFKA_BROKERS, else Java and Maven to start some with. */
export function findKafka(env: NodeJS.ProcessEnv = process.env): KafkaAvailability {
  const brokers = (env['KAFKA_BROKERS'] ?? '').split(',').map((broker) => broker.trim()).filter((broker) => broker !== '');
  if (brokers.length > 0) return { available: true, via: 'KAFKA_BROKERS', brokers };
  const why = whyNoLocalKafka();
  return why === undefined ? { available: true, via: 'java+maven' } : { available: false, why };
}

/** The same as a promise, for callers that may not block. */
export async function kafkaAvailability(): Promise<KafkaAvailability> {
  return findKafka();
}
