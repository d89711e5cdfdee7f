import type { Decider } from '../installation.js';
import type { Fault, Scene } from './fault.js';

/** Longer than the membership's patience, so that others take over what it had. */
const TAKE_OVER_MS = 14_000;

const any = ({ installation, random }: Scene): Decider => random.pick(installation.deciders);

export const DECIDER_FAULTS: readonly Fault[] = [
  {
    name: 'decider killed', what: 'kill -9 of a decider, started again after 3 to 8 s',
    async inject(scene) {
      const { process } = any(scene);
      await process.kill();
      await scene.hold(scene.random.whole(3_000, 8_000));
      await process.restart();
    },
  },
  {
    name: 'decider frozen across a take-over', what: 'SIGSTOP of a decider until others own its partitions, then SIGCONT: it goes on in the belief that it owns them',
    async inject(scene) {
      const { process } = any(scene);
      process.freeze();
      await scene.hold(TAKE_OVER_MS);
      process.thaw();
      await scene.hold(2_000);
    },
  },
  {
    name: 'decider frozen for a moment', what: 'SIGSTOP for 0.5 to 4 s, shorter than anybody notices for sure',
    async inject(scene) {
      for (let i = 0; i < 3; i += 1) {
        const { process } = any(scene);
        process.freeze();
        await scene.hold(scene.random.whole(500, 4_000));
        process.thaw();
        await scene.hold(500);
      }
    },
  },
  {
    name: 'two deciders killed', what: 'kill -9 of two of three at once, started again after 4 s',
    async inject(scene) {
      const [one, other] = scene.random.shuffled(scene.installation.deciders);
      const down = [one!.process, other!.process];
      await Promise.all(down.map((process) => process.kill()));
      await scene.hold(4_000);
      await Promise.all(down.map((process) => process.restart()));
    },
  },
  {
    name: 'decider stopped', what: 'SIGTERM: it hands over; started again',
    async inject(scene) {
      const { process } = any(scene);
      await process.stop();
      await scene.hold(2_000);
      await process.restart();
    },
  },
];
