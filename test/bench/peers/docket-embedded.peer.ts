import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PostgresEventLog } from '#ledger';
import { freePort, isReady, nodeArguments, ServerProcess } from './child.js';
import { compare, countDecisions } from './count-decisions.js';
import { docketLanes } from './docket-lanes.js';
import { setUpDocket } from './docket-setup.js';
import type { Answered, Kept, Lane, Peer } from './peer.js';
import { WORKLOAD } from './workload.js';

/** `apps/standalone`, what `npm start` runs: one process and an embedded PostgreSQL. */
export class DocketEmbeddedPeer implements Peer {
  readonly name = 'Docket (embedded log)';
  private server: ServerProcess | undefined;
  private folder = '';
  /** Of its metrics, once it is started. */
  httpPort = 0;

  async start(): Promise<readonly Lane[]> {
    this.folder = await mkdtemp(join(tmpdir(), 'docket-bench-'));
    const [grpcPort, httpPort] = [await freePort(), await freePort()];
    this.httpPort = httpPort;
    const server = ServerProcess.start(this.name, process.execPath, [...nodeArguments('standalone'), fileURLToPath(new URL('../../../apps/standalone/src/main.js', import.meta.url))], {
      DATA_DIR: this.folder, GRPC_LISTEN: `127.0.0.1:${grpcPort}`, HTTP_LISTEN: `127.0.0.1:${httpPort}`, TOKEN_BROKER_LISTEN: '127.0.0.1:0', MCP_LISTEN: '127.0.0.1:0', CONSOLE_LISTEN: '127.0.0.1:0', LOG_LEVEL: 'warn', DATABASE_URL: '',
    });
    this.server = server;
    await server.ready(() => isReady(httpPort), 180_000);
    const access = await setUpDocket(grpcPort, this.credentialsFile);
    return docketLanes(this.name, grpcPort, access, () => [server.pid]);
  }

  async count(answered: Answered): Promise<Kept> {
    const { database } = JSON.parse(await readFile(this.credentialsFile, 'utf8')) as { database: string };
    const log = new PostgresEventLog({ connectionString: database });
    try {
      return compare(this.name, await countDecisions(log, WORKLOAD.partitions), answered);
    } finally {
      await log.close();
    }
  }

  async kill(): Promise<void> {
    await this.server?.kill();
  }

  async restart(): Promise<void> {
    // Its database has another port each time, and the file says which as soon as all is ready.
    const written = async (): Promise<number> => (await stat(this.credentialsFile)).mtimeMs;
    const before = await written();
    this.server?.restart();
    await this.server?.ready(async () => await isReady(this.httpPort) && await written() > before, 180_000);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  private get credentialsFile(): string {
    return join(this.folder, 'credentials.json');
  }
}
