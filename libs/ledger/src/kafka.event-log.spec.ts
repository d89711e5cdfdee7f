import { KafkaEventLog } from './kafka.event-log.js';

const settings = { clientId: 'test', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true };

describe('Kafka options', () => {
  test.each([[[]], [['kafka']], [['kafka:']], [['kafka:99999']], [['http://kafka:9092']]])('brokers %j are refused with what was expected', (brokers) => {
    expect(() => new KafkaEventLog({ ...settings, brokers })).toThrow(expect.objectContaining({ kind: 'invalid_argument', reason: 'KAFKA_OPTIONS' }));
  });

  test.each(['kafka:9092', '127.0.0.1:9092', '[::1]:9092'])('%s is a broker', (broker) => {
    expect(() => new KafkaEventLog({ ...settings, brokers: [broker] })).not.toThrow();
  });

  test('more in-sync replicas than replicas are refused', () => {
    expect(() => new KafkaEventLog({ ...settings, brokers: ['kafka:9092'], minInsyncReplicas: 2 })).toThrow(/at most the replication factor 1/);
  });
});
