export { EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
export { lockDatabase, type DatabaseLock, type DatabaseLockOptions } from './embedded-postgres.lock.js';
export { startThrowawayPostgres, type ThrowawayPostgres } from './embedded-postgres.throwaway.js';
export { KafkaBroker } from './kafka/broker.js';
export { KafkaCluster, type KafkaClusterOptions } from './kafka/cluster.js';
export { findKafka, kafkaAvailability, type KafkaAvailability } from './kafka/availability.js';
export { KAFKA_BROKER_SETTINGS, KAFKA_VERSION, replicationSettings } from './kafka/settings.js';
export { describeWithKafka, type DescribeWithKafkaOptions, type KafkaForTests } from './kafka/describe-with-kafka.js';
export { killWithParent } from './kafka/kill-with-parent.js';
