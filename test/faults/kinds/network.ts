import type { ProduceRule } from '../network/kafka-proxy.js';
import type { Fault, Scene } from './fault.js';

const HOLD_MS = 8_000;
/** Longer than an append may take, so that its sender has given it up and gone on. */
const LATE_MS = 9_000;

/** Some of the produce requests of all deciders go wrong in this way; what is late lands before it is over. */
function produce(name: string, what: string, rule: ProduceRule, probability: number, lingerMs = 0): Fault {
  return {
    name, what,
    async inject(scene: Scene) {
      const proxies = scene.installation.deciders.flatMap(({ network }) => network);
      for (const proxy of proxies) proxy.rule = () => (scene.random.chance(probability) ? rule : { kind: 'pass' });
      await scene.hold(HOLD_MS);
      for (const proxy of proxies) proxy.rule = () => ({ kind: 'pass' });
      await scene.hold(lingerMs);
    },
  };
}

export const NETWORK_FAULTS: readonly Fault[] = [
  produce('answers lost', 'one produce answer of fifty never comes back', { kind: 'lose the answer' }, 0.02),
  produce('answers late', 'one produce answer of fifty comes after its time-out', { kind: 'delay the answer', ms: LATE_MS }, 0.02, LATE_MS),
  produce('answers doubled', 'every fifth produce answer comes twice', { kind: 'answer twice' }, 0.2),
  produce('requests delivered late', 'one produce request of fifty reaches the broker long after its time-out, when its sender has gone on', { kind: 'deliver late', ms: LATE_MS }, 0.02, LATE_MS),
  {
    name: 'decider cut off from Kafka', what: 'a decider whose connections to all brokers end or fall silent for 12 s, while its clients reach it',
    async inject(scene) {
      const { network } = scene.random.pick(scene.installation.deciders);
      const how = scene.random.pick(['refused', 'silent'] as const);
      for (const proxy of network) proxy.cut(how);
      await scene.hold(12_000);
      for (const proxy of network) proxy.mend();
    },
  },
];
