import type { Fault } from './fault.js';

/** Both builds share the log for so long after each change. */
const SIDE_BY_SIDE_MS = 4_000;

export const BUILD_CHANGED: Pick<Fault, 'name' | 'what'> = {
  name: 'build changed',
  what: 'SIGTERM of one decider after another, each started again as the other build while the others go on as what they are, then of the projector; the next time back. With `--other-build` only',
};

/** An upgrade, or the way back. `dists`: the builds that all change between, first the one that they begin as. */
export function buildChanged(dists: readonly [string, string]): Fault {
  let changes = 0;
  return {
    ...BUILD_CHANGED,
    async inject({ installation: { deciders, projector }, random, hold }) {
      changes += 1;
      for (const process of [...random.shuffled(deciders.map((decider) => decider.process)), projector]) {
        await process.stop();
        process.become(dists[changes % 2]!);
        await process.restart();
        await hold(SIDE_BY_SIDE_MS);
      }
    },
  };
}
