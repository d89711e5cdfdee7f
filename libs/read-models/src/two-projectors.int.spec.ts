import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PARTITIONS, ProjectedLog, TOPIC } from './projected-log.fixture.js';

const PROJECTOR = fileURLToPath(new URL('../../../dist/apps/projector/src/main.js', import.meta.url));
const running = new Set<ChildProcess>();
let world: ProjectedLog;
beforeAll(async () => {
  world = await ProjectedLog.create();
  await world.createRegistry();
}, 300_000);
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await world.remove();
}, 300_000);

/** A projector as an operator starts it, which the database knows by this name. */
function start(name: string): ChildProcess {
  const child = spawn(process.execPath, [PROJECTOR], { stdio: ['ignore', 'ignore', 'inherit'], env: { PATH: process.env['PATH'], DATABASE_URL: `${world.url}?application_name=${name}`, HTTP_LISTEN: '127.0.0.1:0', LOG_LEVEL: 'silent' } });
  running.add(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  running.delete(child);
  expect(child.signalCode).toBe('SIGKILL');
}

const traffic = (calls: number): Promise<unknown> => Promise.all(Array.from({ length: calls }, async (_, call) => {
  const { call_id, verdict } = await world.decide(call % PARTITIONS, ['plain', 'often', 'pay', 'unknown'][call % 4]!, { session: `s-${call % 3}`, agent: `agent-${call % 5}`, amount: `${call}.25` });
  if (verdict === 'ALLOW' && call % 7 === 0) await world.settle(call % PARTITIONS, call_id, 'FAILED');
}));
const areThere = async (...names: string[]): Promise<boolean> => (await world.rows(`SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name IN ('${names.join(`','`)}')`)).length === names.length;
const readSoFar = async (): Promise<number> => Number((await world.rows<{ n: string }>(`SELECT coalesce(max(records_read), 0) AS n FROM docket.projections WHERE topic = '${TOPIC}'`))[0]!.n);

it('two projectors on one database count everything once, whichever of them is killed in the middle, and one goes on for the other', async () => {
  expect(existsSync(PROJECTOR)).toBe(true);
  const first = start('one');
  const second = start('another');
  await world.until(() => areThere('one', 'another'));
  for (const victim of [first, second]) {
    const before = await readSoFar();
    const calls = traffic(300);
    await world.until(async () => (await readSoFar()) > before);
    await kill(victim);
    if (victim === first) await calls;
    else {
      start('third');
      await calls;
    }
    await traffic(50);
    await world.caughtUp();
  }
  const [counted] = await world.rows<{ log: number; rows: number; usage: number; charges: number; charged: number }>(`
    SELECT (SELECT count(*)::int FROM ledger.log WHERE topic = '${TOPIC}' AND event->>'type' = 'docket.decision.CallDecided.v1') AS log,
           (SELECT count(*)::int FROM docket.decisions) AS rows, (SELECT sum(calls)::int FROM docket.usage_hourly) AS usage,
           (SELECT count(*)::int FROM docket.limit_charges) AS charges,
           (SELECT sum(jsonb_array_length(event->'data'->'charges'))::int FROM ledger.log WHERE topic = '${TOPIC}' AND event->>'type' = 'docket.decision.CallDecided.v1') AS charged`);
  expect(counted).toEqual({ log: 700, rows: 700, usage: 700, charges: counted!.charged, charged: counted!.charged });
  expect((await world.verify()).flatMap(({ differences }) => differences)).toEqual([]);
  expect(await world.rows(`SELECT projection FROM docket.projections WHERE stopped_offset IS NOT NULL`)).toEqual([]);
}, 300_000);
