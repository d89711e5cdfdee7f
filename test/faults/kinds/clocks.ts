import type { Fault } from './fault.js';

/** What event time and log time may be apart, at most: a decider that is further off must not serve. */
const TOLERATED_MS = 4_000;
const FAR_MS = 60_000;

export const CLOCK_FAULTS: readonly Fault[] = [
  {
    name: 'clock off at a take-over', what: 'a decider whose clock is 4 s fast or slow takes over from one that is killed',
    async inject(scene) {
      const [off, killed] = scene.random.shuffled(scene.installation.deciders);
      off!.process.setClock(scene.random.pick([1, -1]) * TOLERATED_MS);
      await killed!.process.kill();
      await scene.hold(10_000);
      await killed!.process.restart();
      off!.process.setClock(0);
    },
  },
  {
    name: 'clock set', what: 'the clock of a decider is set a minute forward or back under load for 5 s: it must not serve by it',
    async inject(scene) {
      const { process } = scene.random.pick(scene.installation.deciders);
      process.setClock(scene.random.pick([1, -1]) * FAR_MS);
      await scene.hold(5_000);
      process.setClock(0);
    },
  },
];
