import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const STANDALONE = join(root, 'dist', 'apps', 'standalone', 'src', 'main.js');
const CLI = join(root, 'dist', 'apps', 'cli', 'src', 'main.js');

export interface Program {
  readonly process: ChildProcess;
  /** All that it printed, on both streams or one. */
  output(stream?: 'stdout' | 'stderr'): string;
  /** Resolves when it has printed this; rejects when it ended without. */
  says(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

interface Answer {
  readonly exitCode: number | null;
  readonly output: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: Record<string, unknown>[];
}

/** A folder with a running Docket in it, and the `docket` command beside: what is in dist, as `npm start` and `npx docket` run it. */
export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), 'docket-standalone-'));
  readonly dataFolder = join(this.folder, '.docket');
  readonly #started: Program[] = [];

  /** @param environment of all that runs in it */
  constructor(private readonly environment: Readonly<Record<string, string>> = {}) {}

  start(environment: Record<string, string> = {}): Program {
    const program = this.#run(STANDALONE, [], { GRPC_LISTEN: '127.0.0.1:0', HTTP_LISTEN: '127.0.0.1:0', TOKEN_BROKER_LISTEN: '127.0.0.1:0', MCP_LISTEN: '127.0.0.1:0', CONSOLE_LISTEN: '127.0.0.1:0', ...environment });
    this.#started.push(program);
    return program;
  }

  async startedUp(): Promise<Program> {
    const program = this.start();
    await program.says('Docket is ready');
    return program;
  }

  /** Runs `docket`; with --json its lines come parsed. */
  docket(...args: string[]): Promise<Answer> {
    return this.docketReading('', ...args);
  }

  /** The same with something on its standard input. */
  async docketReading(input: string, ...args: string[]): Promise<Answer> {
    const program = this.#run(CLI, args, {});
    program.process.stdin?.end(input);
    const exitCode = await program.ended;
    const output = program.output();
    const lines = output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
    return { exitCode, output, stdout: program.output('stdout'), stderr: program.output('stderr'), lines };
  }

  async remove(): Promise<void> {
    for (const { process, ended } of this.#started) {
      if (process.exitCode === null && process.signalCode === null) process.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #run(program: string, args: readonly string[], environment: Record<string, string>): Program {
    const { DATABASE_URL: _database, LOG: _log, KAFKA_BROKERS: _brokers, ...inherited } = process.env;
    const child = spawn(process.execPath, ['--report-exclude-env', program, ...args], { cwd: this.folder, env: { ...inherited, ...this.environment, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk) => {
        output += String(chunk);
        printed[name] += String(chunk);
      });
    }
    const ended = once(child, 'close').then(([code]) => code as number | null);
    const says = async (text: string): Promise<void> => {
      let over = false;
      void ended.then(() => (over = true));
      while (!output.includes(text)) {
        if (over) throw new Error(`ended without saying "${text}":\n${output}`);
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
      }
    };
    return { process: child, output: (stream) => (stream === undefined ? output : printed[stream]), says, ended };
  }
}
