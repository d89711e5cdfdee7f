import kafkajs from 'kafkajs';
import type { KafkaBroker } from '#local-services';
import type { Fault, Scene } from './fault.js';

const { Kafka, logLevel } = kafkajs;

const any = ({ installation, random }: Scene): KafkaBroker => random.pick(installation.kafka.nodes);

/** The broker whose node is the cluster's active controller, as its own metadata say. */
async function controller({ installation }: Scene): Promise<KafkaBroker> {
  const admin = new Kafka({ clientId: 'faults', brokers: installation.kafka.addresses, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { controller: id } = await admin.describeCluster();
  await admin.disconnect();
  return id === null ? installation.kafka.node(1) : installation.kafka.node(id);
}

export const BROKER_FAULTS: readonly Fault[] = [
  {
    name: 'broker killed', what: 'kill -9 of a broker, started again after 3 to 8 s',
    async inject(scene) {
      await any(scene).kill();
      await scene.hold(scene.random.whole(3_000, 8_000));
      await scene.installation.kafka.restart();
    },
  },
  {
    name: 'broker frozen', what: 'SIGSTOP of a broker for 4 to 12 s, so that what was sent to it may land long after its time-out',
    async inject(scene) {
      const node = any(scene);
      node.pause();
      await scene.hold(scene.random.whole(4_000, 12_000));
      node.resume();
    },
  },
  {
    name: 'controller killed', what: 'kill -9 of the broker that is the active controller',
    async inject(scene) {
      await (await controller(scene)).kill();
      await scene.hold(4_000);
      await scene.installation.kafka.restart();
    },
  },
  {
    name: 'leaders moved', what: 'a broker stopped in order, which moves its leaders, and started again, which moves them back',
    async inject(scene) {
      await any(scene).stop();
      await scene.hold(2_000);
      await scene.installation.kafka.restart();
      await scene.hold(8_000);
    },
  },
  {
    name: 'min ISR lost', what: 'SIGSTOP of two brokers of three for 6 to 10 s: nothing can be acknowledged',
    async inject(scene) {
      const [one, other] = scene.random.shuffled(scene.installation.kafka.nodes);
      for (const node of [one!, other!]) node.pause();
      await scene.hold(scene.random.whole(6_000, 10_000));
      for (const node of [one!, other!]) node.resume();
    },
  },
  {
    name: 'two brokers killed', what: 'kill -9 of two brokers of three, started again after 3 s',
    async inject(scene) {
      const [one, other] = scene.random.shuffled(scene.installation.kafka.nodes);
      await Promise.all([one!, other!].map((node) => node.kill()));
      await scene.hold(3_000);
      await scene.installation.kafka.restart();
    },
  },
];
