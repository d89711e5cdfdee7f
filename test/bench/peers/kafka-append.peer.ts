import type { SharedKafka } from './shared-kafka.js';
import { appendLane } from './append-lane.js';
import type { Lane, Peer } from './peer.js';

/** The event log in Kafka, without Docket, on the broker that Docket is measured on as well. */
export class KafkaAppendPeer implements Peer {
  readonly name = 'Kafka log alone';

  constructor(private readonly kafka: SharedKafka) {}

  async start(): Promise<readonly Lane[]> {
    const { brokers, pids } = await this.kafka.acquire();
    return [appendLane({ peer: this.name, log: { kind: 'kafka', brokers }, serverPids: pids })];
  }

  async stop(): Promise<void> {
    await this.kafka.release();
  }
}
