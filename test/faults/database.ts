import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { EmbeddedPostgres, isAlive, killWithParent } from '#local-services';
import { TcpProxy } from './network/tcp-proxy.js';

const START_MS = 120_000;

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
    const dueMs = performance.now() + START_MS;
    while (this.#server === undefined) {
      try {
        this.#guard(await open(this.folder));
      } catch (error) {
        // Processes that the killed server has left may still hold its memory.
        if (performance.now() > dueMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
    this.proxy.target = this.#server.port;
    this.proxy.mend();
  }

  /** No file of the server may become larger than this: what it does not find room for fails, as on a full disk. Linux only; rejects elsewhere. */
  async limitFiles(bytes: number | 'unlimited'): Promise<void> {
    const { pid } = this.#server!;
    // As its owner: limits are changed by whoever the process belongs to.
    const { uid, gid } = statSync(`/proc/${pid}`);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter((child) => child !== '');
    const limit = (process: string): Promise<unknown> => promisify(execFile)('prlimit', ['--pid', process, `--fsize=${bytes}:`], { uid, gid });
    // A child that has ended meanwhile writes no more.
    await Promise.all([limit(String(pid)), ...children.map((child) => limit(child).catch(() => undefined))]);
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
