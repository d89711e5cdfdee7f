import type { Fault } from './fault.js';

export const STORE_FAULTS: readonly Fault[] = [
  {
    name: 'PostgreSQL down', what: 'kill -9 of the database server, up again after 5 s',
    async inject(scene) {
      await scene.installation.database.kill();
      await scene.hold(5_000);
      await scene.installation.database.startAgain();
    },
  },
  {
    name: 'projector killed', what: 'kill -9 of the projector four times, each at a random moment of its work',
    async inject(scene) {
      const { projector } = scene.installation;
      for (let i = 0; i < 4; i += 1) {
        await projector.kill();
        await projector.restart();
        await scene.hold(scene.random.whole(0, 1_500));
      }
    },
  },
];
