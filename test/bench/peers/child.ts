import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePorts } from '#local-services';
import { killTree } from '../measure/process-tree.js';

/** A server under test: its output is kept for the error message only. */
export class ServerProcess {
  private output = '';
  private exited = false;
  private child: ChildProcess;

  private constructor(private readonly name: string, private readonly spawnIt: () => ChildProcess) {
    this.child = this.spawned();
  }

  static start(name: string, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ServerProcess {
    return new ServerProcess(name, () => spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** kill -9, of all that it has started as well. */
  async kill(): Promise<void> {
    const ended = once(this.child, 'exit');
    killTree(this.pid);
    await ended;
  }

  /** The same command once more. */
  restart(): void {
    this.child = this.spawned();
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  async ready(condition: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const until = Date.now() + timeoutMs;
    while (!(await condition())) {
      if (this.exited) throw new Error(`${this.name} ended before it was ready:\n${this.output}`);
      if (Date.now() > until) throw new Error(`${this.name} was not ready within ${timeoutMs} ms:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(timeoutMs = 20_000): Promise<void> {
    if (this.exited) return;
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), timeoutMs);
    await ended;
    clearTimeout(timer);
  }

  private spawned(): ChildProcess {
    const child = this.spawnIt();
    this.exited = false;
    this.output = '';
    const keep = (chunk: Buffer) => {
      this.output = (this.output + chunk.toString()).slice(-8000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('exit', () => {
      this.exited = true;
    });
    return child;
  }
}

export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]!;
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** True once `/readyz`, or `/healthz` where there is no such page, says so. */
export async function isReady(httpPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${httpPort}/readyz`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** DOCKET_BENCH_PROFILE=<folder> makes the servers under test write a CPU profile there when they stop. */
export function nodeArguments(name: string): string[] {
  const folder = process.env['DOCKET_BENCH_PROFILE'];
  return ['--enable-source-maps', ...(folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`] : [])];
}
