import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { killWithParent } from '#local-services';

const LOG_BYTES_MAX = 50 * 1024 * 1024;
const POLL_MS = 100;
const PROBE_MS = 2_000;
const STOP_MS = 30_000;

export interface AppProcessOptions {
  readonly name: string;
  /** The compiled main file. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** Answers 200 once the app takes traffic. */
  readonly readyUrl: string;
  readonly readyTimeoutMs: number;
}

/** One app of Docket as a child process; it dies with this process, also if that is killed. */
export class AppProcess {
  /** Resolves with how it ended. */
  readonly exited: Promise<string>;
  #ended = false;

  private constructor(private readonly options: AppProcessOptions, private readonly child: ChildProcess) {
    const watcher = killWithParent(child);
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => {
      this.#ended = true;
      watcher.kill('SIGKILL');
      resolve(signal === null ? `exit code ${code}` : signal);
    }));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Starts the process; it takes traffic only after `ready`. */
  static async launch(options: AppProcessOptions): Promise<AppProcess> {
    return new AppProcess(options, await spawnApp(options));
  }

  /** Waits until it is ready; rejects, with the end of its log, if it ends or takes too long. */
  async ready(): Promise<void> {
    const { name, readyUrl, readyTimeoutMs } = this.options;
    const deadline = performance.now() + readyTimeoutMs;
    while (!(await answers(readyUrl))) {
      if (this.#ended) throw new Error(`the ${name} ended while starting (${await this.exited}):\n${await this.logTail()}`);
      if (performance.now() > deadline) throw new Error(`the ${name} was not ready within ${readyTimeoutMs / 1000} s:\n${await this.logTail()}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    // Somebody else may be answering at that address.
    if (this.#ended) throw new Error(`the ${name} ended while starting (${await this.exited}):\n${await this.logTail()}`);
  }

  /** SIGTERM, on which an app drains and closes; SIGKILL if that takes too long. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await this.exited;
    clearTimeout(timer);
  }

  async logTail(lines = 10): Promise<string> {
    const text = await readFile(this.options.logFile, 'utf8').catch(() => '(no log)');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }
}

async function spawnApp({ entry, environment, logFile }: AppProcessOptions): Promise<ChildProcess> {
  await mkdir(dirname(logFile), { recursive: true });
  if (((await stat(logFile).catch(() => undefined))?.size ?? 0) > LOG_BYTES_MAX) await rename(logFile, `${logFile}.1`);
  const log = await open(logFile, 'a', 0o600);
  try {
    // `detached`: Ctrl-C reaches only us, and we stop things in order.
    const child = spawn(process.execPath, ['--enable-source-maps', '--report-exclude-env', entry], { env: { ...environment }, stdio: ['ignore', log.fd, log.fd], detached: true });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    return child;
  } finally {
    await log.close();
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(PROBE_MS) }).then(({ ok }) => ok, () => false);
}
