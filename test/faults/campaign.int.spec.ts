import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describeWithKafka } from '#local-services';
import { PROPERTY_NAMES } from './checker/findings.js';
import { BUILD_CHANGED } from './kinds/build-changed.js';
import { FAULTS } from './kinds/catalogue.js';
import { PLANTED } from './planted/faults.js';

const MAIN = join(import.meta.dirname, '../../dist/test/faults/main.js');
const KINDS = 'decider killed,answers lost';
/** For hangs only: three brokers take their time to start on a busy machine. */
const TEST_MS = 600_000;

async function command(...args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--enable-source-maps', MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (data: Buffer) => { out[name] += String(data); });
  const code = await new Promise((resolve) => child.once('close', (exit, signal) => resolve(exit ?? signal)));
  return { code, ...out };
}

test('npm run test:faults tells which kinds of faults there are and which can be planted, and refuses others', async () => {
  const { code, stdout } = await command('--list');
  expect(code).toBe(0);
  expect([...FAULTS, BUILD_CHANGED, ...PLANTED].filter(({ name }) => !stdout.includes(`${name}`))).toEqual([]);
  expect(await command('--only', 'no such thing')).toMatchObject({ code: 2, stderr: expect.stringContaining('no kind of fault is named "no such thing"') as string });
});

// Three brokers, three deciders, a projector and PostgreSQL at once are more than a machine that runs other tests beside it may have room for.
if (process.env['FAULTS'] === '1') {
  describeWithKafka('a fault campaign on three brokers and three deciders', { startsItself: true }, () => {
    test('keeps every promise, says the checker, while a decider is killed and while produce answers are lost', async () => {
      const done = await command('--seed', '7', '--only', KINDS, '--grants', '12');
      // With what it printed: a failure must tell all that there is to know.
      expect(done).toMatchObject({ code: 0 });
      expect(done.stdout.match(/^holds {3}/gm)).toHaveLength(PROPERTY_NAMES.length);
      for (const fault of KINDS.split(',')) expect(done.stdout).toMatch(new RegExp(`^\\| ${fault} +\\| +1 \\| +[1-9]`, 'm'));
    }, TEST_MS);
  });
} else process.stderr.write('a fault campaign on three brokers and three deciders: skipped; FAULTS=1 runs a short one with the tests, npm run test:faults all of it\n');
