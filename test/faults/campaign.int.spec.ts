import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describeWithKafka } from '#local-services';

const MAIN = join(import.meta.dirname, '../../dist/test/faults/main.js');
/** What goes wrong in CI; `npm run test:faults` alone goes through all kinds. */
const KINDS = 'decider killed,answers lost';
/** For hangs only: three brokers take their time to start on a busy machine. */
const TEST_MS = 600_000;

describeWithKafka('a fault campaign on three brokers and three deciders', { startsItself: true }, () => {
  test('keeps every promise, says the checker, while a decider is killed and while produce answers are lost', async () => {
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN, '--seed', '7', '--only', KINDS, '--grants', '12'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (data: Buffer) => { out[name] += String(data); });
    const code = await new Promise((resolve) => child.once('close', (exit, signal) => resolve(exit ?? signal)));
    // With what it printed: a failure in CI must tell all that there is to know.
    expect({ code, ...out }).toMatchObject({ code: 0 });
    expect(out.stdout.match(/^holds {3}/gm)).toHaveLength(13);
    for (const fault of KINDS.split(',')) expect(out.stdout).toMatch(new RegExp(`^\\| ${fault} +\\| +1 \\| +[1-9]`, 'm'));
  }, TEST_MS);
});
