/** The Kafka that Docket starts, tests against and names in docker-compose.yml. */
export const KAFKA_VERSION = '4.3.0';

/**
 * Broker settings that do not depend on the node: the same for tests, `npm run cluster` and docker-compose.yml (a spec
 * compares them). What a topic must have is set on the topic itself by the event log; these are the limits around it.
 */
export const KAFKA_BROKER_SETTINGS: Readonly<Record<string, string>> = {
  // A topic that appears by a typing error would have none of the settings that the log's promise rests on.
  'auto.create.topics.enable': 'false',
  'unclean.leader.election.enable': 'false',
  // One record batch is at most 4 MiB; a request carries many partitions; followers must be able to copy a whole batch.
  'message.max.bytes': '4194304',
  'socket.request.max.bytes': '104857600',
  'replica.fetch.max.bytes': '8388608',
  'replica.fetch.response.max.bytes': '33554432',
  'log.message.timestamp.type': 'LogAppendTime',
  'log.retention.ms': '-1',
  'log.retention.bytes': '-1',
  // Small machines: a handful of clients, not thousands.
  'num.network.threads': '2',
  'num.io.threads': '4',
  'group.initial.rebalance.delay.ms': '0',
  // A broker that crashed may register again only when its old session has ended: the default of 9 s is most of a restart.
  'broker.session.timeout.ms': '4000',
  'broker.heartbeat.interval.ms': '1000',
};

/** Settings that follow from the number of brokers: majorities for three, everything on the only one otherwise. */
export function replicationSettings(brokers: number): Record<string, string> {
  const replicas = String(Math.min(brokers, 3));
  const inSync = brokers >= 3 ? '2' : '1';
  return {
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
  };
}
