import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppProcess } from '../../apps/cluster/src/app-process.js';

const READY_MS = 180_000;
const STARTS_MAX = 5;

export interface NodeSettings {
  readonly name: string;
  readonly app: 'decider' | 'projector';
  /** Where the compiled apps are. */
  readonly dist: string;
  readonly folder: string;
  readonly http: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A process of Docket that is killed, frozen, thawed and started again, and whose clock can be set. */
export class NodeProcess {
  readonly name: string;
  #process: AppProcess | undefined;
  #isFrozen = false;
  #dist: string;

  constructor(private readonly settings: NodeSettings) {
    this.name = settings.name;
    this.#dist = settings.dist;
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  /** Does nothing if it runs. Resolves once it is started; `ready` tells when it takes traffic. */
  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    const { name, app, folder, http, environment } = this.settings;
    const started = await AppProcess.launch({
      name, entry: join(this.#dist, 'apps', app, 'src/main.js'), logFile: join(folder, `${name}.log`), readyUrl: `http://${http}/readyz`, readyTimeoutMs: READY_MS,
      environment: { PATH: process.env['PATH'], ...environment, HTTP_LISTEN: http, NODE_OPTIONS: `--import ${new URL('clock.mjs', import.meta.url).href}`, FAULTS_CLOCK_FILE: this.#clockFile },
    });
    this.#process = started;
    void started.exited.then(() => { if (this.#process === started) this.#process = undefined; });
  }

  /** From its next start on it is of the build whose compiled apps are there. */
  become(dist: string): void {
    this.#dist = dist;
  }

  async ready(): Promise<void> {
    await this.#process?.ready();
  }

  /** Starts it until it takes traffic, as whoever supervises processes does: one that finds no database in time ends by itself. */
  async restart(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.start();
        return await this.ready();
      } catch (error) {
        if (attempt === STARTS_MAX) throw error;
      }
    }
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#signal('SIGKILL');
    await running.exited;
    this.#isFrozen = false;
  }

  freeze(): void {
    this.#isFrozen = true;
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    if (this.#isFrozen) this.#signal('SIGCONT');
    this.#isFrozen = false;
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.#process?.stop();
  }

  /** Sets its wall clock, running or not yet started, to so much more than this machine's. */
  setClock(aheadMs: number): void {
    writeFileSync(this.#clockFile, String(aheadMs));
  }

  get #clockFile(): string {
    return join(this.settings.folder, `${this.name}.clock`);
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.#process !== undefined) process.kill(this.#process.pid, signal);
    } catch {
      // It has ended by itself: what `ready` and the load say next.
    }
  }
}
