import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PINNED = `import { runOnPinnedNode } from ${JSON.stringify(join(root, 'scripts', 'pinned-node.mjs'))};
process.exitCode = await runOnPinnedNode(['--import', ${JSON.stringify(pathToFileURL(join(root, 'scripts', 'one-signal.mjs')).href)}, ...process.argv.slice(2)]);`;

let folder: string;
/** Process groups that a test has started: nothing of them is left, whatever became of the test. */
const groups: number[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'docket-run-'))));
afterEach(() => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a program the way every npm script does, in a process group of its own, as a terminal would. */
function start(program: string, args: readonly string[] = [], parent: readonly string[] = []): { wrapper: ChildProcess; output: () => string; says: (text: string) => Promise<void>; ended: Promise<number | null> } {
  writeFileSync(join(folder, 'wrapper.mjs'), PINNED);
  writeFileSync(join(folder, 'program.mjs'), program);
  const [command = '', ...rest] = [...parent, process.execPath, join(folder, 'wrapper.mjs'), join(folder, 'program.mjs'), ...args];
  const wrapper = spawn(command, rest, { detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, GIVEN: 'yes' } });
  let output = '';
  wrapper.stdout?.on('data', (chunk) => (output += String(chunk)));
  let isOver = false;
  const ended = once(wrapper, 'close').then(([code]) => {
    isOver = true;
    return code as number | null;
  });
  groups.push(wrapper.pid!);
  const says = async (text: string): Promise<void> => {
    while (!output.includes(text)) {
      if (isOver) throw new Error(`it ended without saying "${text}":\n${output}`);
      await Promise.race([once(wrapper.stdout!, 'data'), ended]);
    }
  };
  return { wrapper, output: () => output, says, ended };
}

/** Stops in its own time, unless it is told a second time. */
const STOPS_SLOWLY = `let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
  if (stopping) process.exit(130);
  stopping = true;
  console.log('stopping on ' + signal);
  setTimeout(() => { console.log('stopped'); process.exit(0); }, 300);
});
setInterval(() => {}, 1000);
console.log('ready ' + process.pid);`;

describe('what runs every program on the pinned Node', () => {
  it('hands over arguments, environment and exit code, and runs Node 24', async () => {
    const { output, ended } = start('console.log(JSON.stringify([process.versions.node.split(".")[0], process.argv.slice(2), process.env.GIVEN])); process.exit(7);', ['--a', 'b c']);
    expect(await ended).toBe(7);
    expect(JSON.parse(output())).toEqual(['24', ['--a', 'b c'], 'yes']);
  });

  it('waits for a program that Ctrl-C stops, which sees one signal of the three, and ends with 0', async () => {
    const { wrapper, output, says, ended } = start(STOPS_SLOWLY);
    await says('ready');
    // The terminal signals the whole group; npm signals its child once more.
    process.kill(-wrapper.pid!, 'SIGINT');
    process.kill(wrapper.pid!, 'SIGINT');
    expect(await ended).toBe(0);
    expect(output().match(/stopping on SIGINT/g)).toHaveLength(1);
    expect(output()).toMatch(/stopped\n$/);
  });

  it('hands on SIGTERM that only it got', async () => {
    const { wrapper, output, says, ended } = start(STOPS_SLOWLY);
    await says('ready');
    wrapper.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(output()).toContain('stopping on SIGTERM');
  });

  it('stops the program when npm itself was killed, so that nothing is left running unseen', async () => {
    const { output, says, ended } = start(STOPS_SLOWLY, [], ['sh', '-c', 'echo shell $$; "$0" "$@"; true']);
    await says('ready');
    process.kill(Number(/shell (\d+)/.exec(output())?.[1]), 'SIGKILL');
    await says('stopped');
    expect(output()).toContain('stopping on SIGTERM');
    await ended;
  });

  it('is what npm starts itself: no shell stays between them that would keep signals to itself', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    for (const name of ['start', 'cluster', 'bench', 'test']) expect(scripts[name]).toMatch(/^exec node scripts\//);
  });

  it('says with its exit code that the program was killed', async () => {
    const { output, says, ended } = start(STOPS_SLOWLY);
    await says('ready');
    process.kill(Number(/ready (\d+)/.exec(output())?.[1]), 'SIGKILL');
    expect(await ended).toBe(137);
  });
});
