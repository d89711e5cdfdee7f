import { BareHandlerPeer } from './bare-handler.peer.js';
import { CerbosPeer } from './cerbos.peer.js';
import { DocketEmbeddedPeer } from './docket-embedded.peer.js';
import { DocketKafkaPeer } from './docket-kafka.peer.js';
import { EnvoyRateLimitPeer } from './envoy-ratelimit.peer.js';
import { KafkaAppendPeer } from './kafka-append.peer.js';
import type { Peer } from './peer.js';
import { PostgresAppendPeer } from './postgres-append.peer.js';
import { SharedKafka } from './shared-kafka.js';

/** Everything that is measured, in the order of its start. */
export function allPeers(): readonly Peer[] {
  const kafka = new SharedKafka();
  return [
    new DocketEmbeddedPeer(), new DocketKafkaPeer(kafka),
    new CerbosPeer('off', kafka), new CerbosPeer('local', kafka), new CerbosPeer('Kafka', kafka), new CerbosPeer('Kafka, produceSync', kafka),
    new EnvoyRateLimitPeer(), new BareHandlerPeer(), new PostgresAppendPeer(), new KafkaAppendPeer(kafka),
  ];
}
