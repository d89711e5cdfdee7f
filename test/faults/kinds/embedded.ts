import type { Embedded } from '../embedded.js';
import type { Fault } from './fault.js';

/** Less than PostgreSQL's own log needs for its next lines. */
const FULL_BYTES = 65_536;

/** What happens to one process on one PostgreSQL server. */
export const EMBEDDED_FAULTS: readonly Fault<Embedded>[] = [
  {
    name: 'disk full', what: 'one decider on a PostgreSQL log whose files may not grow for 6 s (a file-size limit), as when its disk is full; the server is started again if that has ended it',
    async inject({ installation: { database }, hold }) {
      await database.limitFiles(FULL_BYTES);
      await hold(6_000);
      await database.limitFiles('unlimited').catch(() => undefined);
      await database.kill();
      await database.startAgain();
    },
  },
  {
    name: 'single node killed', what: 'kill -9 of one decider on a PostgreSQL log, started again after 1 s',
    async inject({ installation: { decider }, hold }) {
      await decider.kill();
      await hold(1_000);
      await decider.restart();
    },
  },
  {
    name: 'PostgreSQL log killed', what: 'kill -9 of the PostgreSQL server that holds the log, up again after 3 s',
    async inject({ installation: { database }, hold }) {
      await database.kill();
      await hold(3_000);
      await database.startAgain();
    },
  },
];
