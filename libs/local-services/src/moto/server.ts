import { spawn, type ChildProcess } from 'node:child_process';
import { freePorts } from '../free-ports.js';
import { killWithParent } from '../kafka/kill-with-parent.js';
import { motoFolder } from './distribution.js';

const HOST = '127.0.0.1';
const POLL_MS = 50;

/** moto's server, AWS for tests, as a child process on a free port of this machine. */
export class MotoServer {
  readonly endpoint: string;
  readonly #child: ChildProcess;
  readonly #watcher: ChildProcess;

  private constructor(endpoint: string, child: ChildProcess) {
    this.endpoint = endpoint;
    this.#child = child;
    this.#watcher = killWithParent(child);
  }

  /** Resolves when it answers. @param startMs how long that may take */
  static async start(startMs = 60_000): Promise<MotoServer> {
    const folder = await motoFolder();
    const [port] = await freePorts(1) as [number];
    // Its data is in memory: nothing of it is left when it ends.
    const child = spawn('python3', ['-m', 'moto.server', '-H', HOST, '-p', String(port)], { stdio: 'ignore', env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' } });
    const server = new MotoServer(`http://${HOST}:${port}`, child);
    let ended: string | undefined;
    child.once('error', (error) => { ended = error.message; });
    child.once('exit', (code) => { ended = `exit code ${code}`; });
    for (const deadline = performance.now() + startMs; ; await new Promise((resolve) => setTimeout(resolve, POLL_MS))) {
      if (ended !== undefined || performance.now() > deadline) {
        await server.stop();
        throw new Error(`moto did not start: ${ended ?? `no answer within ${startMs} ms`}`);
      }
      if (await fetch(`${server.endpoint}/moto-api/data.json`).then(({ ok }) => ok, () => false)) return server;
    }
  }

  /** As if the service were away: nothing answers until `resume`. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      const gone = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGKILL');
      await gone;
    }
    this.#watcher.kill('SIGKILL');
  }
}
