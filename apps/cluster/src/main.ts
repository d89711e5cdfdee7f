import { Cluster } from './cluster.js';
import { clusterConfig, USAGE } from './config.js';

const say = (line: string): void => { process.stderr.write(`docket cluster: ${line}\n`); };

/** Resolves with the exit code. */
async function run(): Promise<number> {
  const config = clusterConfig(process.argv.slice(2));
  if (config === undefined) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const cluster = new Cluster(config, say);
  const signalled = new Promise<'signal'>((resolve) => {
    let received = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (received) process.exit(signal === 'SIGINT' ? 130 : 143);
        received = true;
        say('stopping; a second signal exits at once');
        resolve('signal');
      });
    }
  });
  let isUp = false;
  const work = async (): Promise<never> => {
    process.stdout.write(`${await cluster.start()}\n`);
    isUp = true;
    return cluster.failed;
  };
  const starting = work().catch((error: unknown) => error as Error);
  const reason = await Promise.race([signalled, starting, cluster.failed.catch((error: unknown) => error as Error)]);
  if (reason !== 'signal') say(reason.message);
  const clean = await cluster.stop();
  // What was coming up at that moment stops itself when it is up.
  if (!isUp) await starting;
  return reason === 'signal' && clean ? 0 : 1;
}

process.exitCode = await run().catch((error: unknown) => {
  say((error as Error).message);
  return 1;
});
process.exit();
