import { Registry } from 'prom-client';
import { createLogger } from '#platform';
import { ProjectorThread } from './projector.thread.js';

const WAITS = { restartMinMs: 10, restartMaxMs: 20, metricsMs: 100_000, stopMs: 100_000 };
/** Stops as the real one does. */
const STOPS = `parentPort.on('message', ({ kind }) => { if (kind === 'stop') { parentPort.postMessage({ kind: 'stopped', clean: true }); parentPort.close(); } });`;

let lines: string[];
let metrics: Registry;
let thread: ProjectorThread | undefined;
beforeEach(() => {
  lines = [];
  metrics = new Registry();
});
afterEach(() => thread?.stop().catch(() => undefined));

/** A thread that does what this source says instead of projecting. */
function run(source: string, waits: Partial<typeof WAITS> = {}): ProjectorThread {
  const code = `import { once } from 'node:events'; import { parentPort } from 'node:worker_threads'; const say = (message) => parentPort.postMessage(message);
    const [{ environment }] = await once(parentPort, 'message'); ${source}`;
  thread = new ProjectorThread({
    entry: new URL(`data:text/javascript,${encodeURIComponent(code)}`), metrics,
    logger: createLogger({ level: 'info', app: 'standalone', destination: { write: (line) => void lines.push(line) } }), waits: { ...WAITS, ...waits },
  });
  thread.start({ DOCKET_TEST: 'given' }, false);
  return thread;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 150_000;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`it did not come to be:\n${lines.join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const metric = async (name: string): Promise<number> => ((await metrics.getSingleMetric(name)!.get()).values[0]!.value);

it('hands on the thread’s log lines and metrics, gives it its environment, and stops it in order', async () => {
  const projector = run(`
    say({ kind: 'log', line: JSON.stringify({ app: 'projector', environment }) + '\\n' });
    say({ kind: 'started' }); say({ kind: 'health', problem: undefined });
    parentPort.on('message', ({ kind, request }) => { if (kind === 'metrics') say({ kind, request, text: 'docket_x 1\\n' }); }); ${STOPS}`);
  expect(await projector.firstStart).toBeUndefined();
  expect(JSON.parse(lines[0]!)).toEqual({ app: 'projector', environment: { DOCKET_TEST: 'given' } });
  await until(() => projector.problem === undefined);
  expect(await metric('docket_projector_up')).toBe(1);
  expect(await projector.metrics()).toBe('docket_x 1\n');
  await projector.stop();
  expect(lines.filter((line) => line.includes('the projector'))).toEqual([]);
});

it('says that it did not start and why, and goes on trying', async () => {
  const projector = run(`say({ kind: 'failed', message: 'no such database' }); parentPort.close();`);
  expect(await projector.firstStart).toBe('no such database');
  await until(async () => (await metric('docket_projector_restarts_total')) >= 3);
  expect(projector.problem).toBe('no such database');
  expect(await metric('docket_projector_up')).toBe(0);
  expect(await projector.metrics()).toBe('');
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', problem: 'no such database', restartInMs: 10, msg: expect.stringContaining('the projector is down') as string });
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ restartInMs: 20 });
});

it('survives a crash of the thread and starts it again', async () => {
  const projector = run(`
    say({ kind: 'started' }); say({ kind: 'health', problem: undefined });
    parentPort.on('message', ({ kind }) => { if (kind === 'metrics') throw new Error('a fault in a projection'); }); ${STOPS}`);
  expect(await projector.firstStart).toBeUndefined();
  await until(() => projector.problem === undefined);
  expect(await projector.metrics()).toBe('');
  await until(() => lines.some((line) => line.includes('the projector is down')));
  expect(lines.find((line) => line.includes('the projector is down'))).toContain('a fault in a projection');
  await until(() => projector.problem === undefined);
  expect(await metric('docket_projector_restarts_total')).toBe(1);
  await projector.stop();
});

it('waits only so long for a thread that does not answer', async () => {
  const projector = run(`parentPort.on('message', () => { for (;;); }); say({ kind: 'started' });`, { metricsMs: 100, stopMs: 200 });
  expect(await projector.firstStart).toBeUndefined();
  expect(await projector.metrics()).toBe('');
  await expect(projector.stop()).rejects.toThrow('the projector did not stop cleanly');
});
