import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKafka } from './availability.js';
import { KafkaCluster, type KafkaClusterOptions } from './cluster.js';
import { reportUnavailable } from '../report-unavailable.js';

const START_MS = 300_000;
const STOP_MS = 300_000;

export interface KafkaForTests {
  /** Bootstrap brokers; call it inside tests and hooks, not while tests are being defined. */
  addresses(): string[];
  /** The cluster that was started for these tests, to stop, kill and pause. */
  cluster(): KafkaCluster;
}

export interface DescribeWithKafkaOptions extends Pick<KafkaClusterOptions, 'settings' | 'listeners'> {
  readonly brokers?: 1 | 3;
  /** The tests stop or pause brokers, so KAFKA_BROKERS cannot be used for them. */
  readonly control?: boolean;
  /** The tests start Kafka themselves; it only has to be possible here. */
  readonly startsItself?: boolean;
}

/**
 * `describe` for tests that need a real Kafka: KAFKA_BROKERS if set, else brokers of their own (Java and Maven), one set
 * per call. Without either they are skipped with one line that says how to enable them; with REQUIRE_KAFKA=1 (CI) that
 * line is a failing test instead.
 */
export function describeWithKafka(name: string, options: DescribeWithKafkaOptions, body: (kafka: KafkaForTests) => void): void {
  const { KAFKA_BROKERS: _, ...withoutBrokers } = process.env;
  const found = findKafka(options.control === true || options.startsItself === true ? withoutBrokers : process.env);
  if (!found.available) return reportUnavailable(name, found.why, { variable: 'REQUIRE_KAFKA', remedy: 'Install Java 17 and Maven, or set KAFKA_BROKERS=host:port.' });
  describe(name, () => {
    let cluster: KafkaCluster | undefined;
    let folder = '';
    const own = () => {
      if (cluster === undefined) throw new Error('no Kafka cluster of its own: is this called outside a test, or without `control`?');
      return cluster;
    };
    if (found.via === 'java+maven' && options.startsItself !== true) {
      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'docket-kafka-'));
        cluster = await KafkaCluster.start({ ...options, folder, brokers: options.brokers ?? 1 });
      }, START_MS);
      afterAll(async () => {
        await cluster?.kill();
        await rm(folder, { recursive: true, force: true });
      }, STOP_MS);
    }
    body({ addresses: () => (found.via === 'KAFKA_BROKERS' ? [...found.brokers] : own().addresses), cluster: own });
  });
}
