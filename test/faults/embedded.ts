import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freeAddresses } from './addresses.js';
import type { PartitionEnd, RawRecord } from './checker/evidence.js';
import { Database } from './database.js';
import { NodeProcess } from './node-process.js';
import { credentialIn } from './site.js';
import type { Site } from './site.js';

const PAGE = 1_000;

/** One decider and a projector on a PostgreSQL log: what runs on a single machine, in processes of their own. */
export class Embedded implements Site {
  readonly deciders: Site['deciders'];

  private constructor(private readonly nodes: string, readonly database: Database, readonly decider: NodeProcess, grpc: string, readonly projector: NodeProcess) {
    this.deciders = [{ process: decider, grpc }];
  }

  static async start(folder: string, say: (line: string) => void, dist: string): Promise<Embedded> {
    const nodes = join(folder, 'nodes');
    mkdirSync(nodes, { recursive: true });
    const database = await Database.start(join(folder, 'postgres'));
    const [grpc, http, projectorHttp] = await freeAddresses(3) as [string, string, string];
    const environment = { DATABASE_URL: database.url, DATA_DIR: nodes, KEYRING_CREATE: 'true', GRPC_LISTEN: grpc, LOG_DECISIONS: 'false', DECISIONS_PARTITIONS: '4', HEADS_EVERY_MS: '5000' };
    const decider = new NodeProcess({ name: 'a', app: 'decider', dist, folder: nodes, http, environment: { ...environment, NODE_NAME: 'a' } });
    const projector = new NodeProcess({ name: 'projector', app: 'projector', dist, folder: nodes, http: projectorHttp, environment: { DATABASE_URL: database.url, NODE_NAME: 'projector' } });
    const embedded = new Embedded(nodes, database, decider, grpc, projector);
    try {
      for (const process of [decider, projector]) {
        await process.start();
        await process.ready();
      }
      say('PostgreSQL and one decider on it are up');
      return embedded;
    } catch (error) {
      await embedded.stop();
      throw error;
    }
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  credential(role: 'gateway' | 'admin'): string {
    return credentialIn(this.nodes, role);
  }

  /** With plain SQL: the table is the log. */
  async exportLog(evidence: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      mkdirSync(join(evidence, 'log'), { recursive: true });
      const { rows } = await client.query<{ id: number; topic: string; partition: number; end: string }>(`SELECT id, topic, partition, next_offset::text AS end FROM ledger.head WHERE topic IN ('docket.registry', 'docket.decisions')`);
      writeFileSync(join(evidence, 'ends.json'), JSON.stringify(rows.map(({ topic, partition, end }) => ({ topic, partition, end: Number(end) }) satisfies PartitionEnd)));
      for (const { id, topic, partition, end } of rows) {
        const file = createWriteStream(join(evidence, 'log', `${topic}-${partition}.jsonl`));
        for (let from = 0; from < Number(end); from += PAGE) {
          const page = await client.query<{ offset: string; stored: string; value: Buffer }>(
            `SELECT "offset"::text, (extract(epoch FROM stored_at) * 1000)::bigint::text AS stored, value FROM ledger.record WHERE head_id = $1 AND "offset" >= $2 AND "offset" < $3 ORDER BY record."offset"`, [id, from, Math.min(from + PAGE, Number(end))]);
          for (const { offset, stored, value } of page.rows) file.write(`${JSON.stringify({ offset: Number(offset), timestamp_ms: Number(stored), value: value.toString('base64') } satisfies RawRecord)}\n`);
        }
        await new Promise((resolve) => file.end(resolve));
      }
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.projector.kill(), this.decider.kill()]);
    await this.database.stop();
  }
}
