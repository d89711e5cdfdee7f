import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { EmbeddedPostgres, killWithParent } from '#local-services';
import { TcpProxy } from './network/tcp-proxy.js';

/** A PostgreSQL server at one address for all its lives: it is killed, started again, and kept from writing. */
export class Database {
  #server: EmbeddedPostgres | undefined;
  #watcher: ChildProcess | undefined;

  private constructor(private readonly folder: string, private readonly proxy: TcpProxy, readonly url: string) {}

  static async start(folder: string): Promise<Database> {
    const server = await open(folder);
    const proxy = await TcpProxy.start(server.port);
    const url = new URL(server.connectionString);
    url.port = String(proxy.port);
    const database = new Database(folder, proxy, url.href);
    database.#guard(server);
    return database;
  }

  /** What a crash of the server does: its connections end, and it is gone until `startAgain`. */
  async kill(): Promise<void> {
    this.proxy.cut();
    const pid = this.#server?.pid;
    this.#server = undefined;
    this.#watcher?.kill('SIGKILL');
    if (pid === undefined) return;
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async startAgain(): Promise<void> {
    if (this.#server === undefined) this.#guard(await open(this.folder));
    this.proxy.target = this.#server!.port;
    this.proxy.mend();
  }

  /** No file of the server may become larger than this: what it does not find room for fails, as on a full disk. Linux only; rejects elsewhere. */
  async limitFiles(bytes: number): Promise<void> {
    const { pid } = this.#server!;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter((child) => child !== '');
    // One that has ended meanwhile writes no more.
    await Promise.all([String(pid), ...children].map((process) => promisify(execFile)('prlimit', ['--pid', process, `--fsize=${bytes}`]).catch((error: unknown) => { if (process === String(pid)) throw error; })));
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.#server?.stop().catch(() => undefined);
    this.#watcher?.kill('SIGKILL');
  }

  /** The server dies with this process, also if that is killed. */
  #guard(server: EmbeddedPostgres): void {
    this.#server = server;
    this.#watcher = killWithParent({ pid: server.pid } as ChildProcess);
  }
}

function open(folder: string): Promise<EmbeddedPostgres> {
  return EmbeddedPostgres.start({ folder, syncNewFiles: false, onLost: () => undefined });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
