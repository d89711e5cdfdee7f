import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKafka, KafkaCluster } from '#local-services';
import { PeerMissing } from './peer.js';

interface RunningKafka {
  readonly brokers: readonly string[];
  /** None for a broker that was there before: its CPU cannot be told apart. */
  readonly pids: () => readonly number[];
}

/** One real broker for all peers that need one: KAFKA_BROKERS, or started here for as long as anybody uses it. */
export class SharedKafka {
  private users = 0;
  private running: Promise<RunningKafka> | undefined;
  private cluster: KafkaCluster | undefined;
  private folder = '';

  acquire(): Promise<RunningKafka> {
    this.users += 1;
    this.running ??= this.start();
    return this.running;
  }

  async release(): Promise<void> {
    this.users -= 1;
    if (this.users > 0) return;
    await this.cluster?.stop();
    this.cluster = undefined;
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  private async start(): Promise<RunningKafka> {
    const found = findKafka();
    if (!found.available) throw new PeerMissing(found.why);
    if (found.via === 'KAFKA_BROKERS') return { brokers: found.brokers, pids: () => [] };
    this.folder = await mkdtemp(join(tmpdir(), 'docket-bench-kafka-'));
    const cluster = await KafkaCluster.start({ folder: this.folder });
    this.cluster = cluster;
    return { brokers: cluster.addresses, pids: () => cluster.nodes.flatMap((node) => node.pid ?? []) };
  }
}
