import { join } from 'node:path';
import pg from 'pg';
import type { ThrowawayPostgres } from '#local-services';
import { createLogger, createMetrics } from '#platform';
import { docket, type Ran } from '../../apps/cli/src/cli.fixture.js';
import { callId, DeciderFixture, failureOf } from '../../apps/decider/src/decider.fixture.js';
import { projectorConfig } from '../../apps/projector/src/config.js';
import { createApp as createProjector, type ProjectorApp } from '../../apps/projector/src/create-app.js';

export const LIMIT = 8;
const POLICY = { version: '1', default: 'deny', tools: { pay: { limits: [{ counter: 'payments', window: 'month', max: LIMIT, scope: 'grant' }] } } };
const WAIT_MS = 150_000;

export interface Paid { readonly callId: string; readonly grant: string; readonly verdict: string; readonly receipt: string }

/** A decider and a projector whose database is copied, dropped and put back: what pg_dump and pg_restore do, by the server itself. */
export class BackupSite {
  readonly decider: DeciderFixture;
  readonly paid: Paid[] = [];
  #projector: ProjectorApp | undefined;
  readonly #admin: pg.Client;

  private constructor(readonly url: string, admin: pg.Client, public environment: Readonly<Record<string, string>>) {
    this.decider = new DeciderFixture(url);
    this.#admin = admin;
  }

  static async create(postgres: ThrowawayPostgres, environment: Readonly<Record<string, string>>): Promise<BackupSite> {
    const url = await postgres.createDatabase();
    const admin = new pg.Client({ connectionString: await postgres.createDatabase() });
    await admin.connect();
    return new BackupSite(url, admin, environment);
  }

  async start(): Promise<void> {
    await this.decider.start({ ...this.environment, DECISIONS_PARTITIONS: '2' });
    const logger = createLogger({ level: 'silent', app: 'projector' });
    this.#projector = await createProjector(projectorConfig({ ...this.environment, DATABASE_URL: this.url, HTTP_LISTEN: '127.0.0.1:0' }), { logger, metrics: createMetrics(), http: false });
  }

  async stop(): Promise<void> {
    await this.#projector?.stop();
    this.#projector = undefined;
    await this.decider.stop();
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.decider.remove();
    await this.#admin.end();
  }

  /** Nobody may be connected meanwhile; a dump has no such need. */
  async copyDatabase(name: string): Promise<void> {
    await this.#admin.query(`CREATE DATABASE "${name}" TEMPLATE "${this.#name}"`);
  }

  async destroyDatabase(): Promise<void> {
    await this.#admin.query(`DROP DATABASE "${this.#name}" WITH (FORCE)`);
  }

  async putBackDatabase(copy: string): Promise<void> {
    await this.#admin.query(`CREATE DATABASE "${this.#name}" TEMPLATE "${copy}"`);
  }

  grant(): Promise<{ id: string; token: string }> {
    return this.decider.grant(POLICY);
  }

  async pay(grant: { readonly token: string }, id = callId()): Promise<Paid & { readonly replayed: boolean }> {
    const { verdict, receipt, replayed } = await this.decider.decide({ callId: id, grant: grant.token, tool: 'pay', arguments: Buffer.from(`{"id":"${id}"}`) });
    const one = { callId: id, grant: grant.token, verdict: String(verdict), receipt: `${receipt!.partition}/${receipt!.offset} ${Buffer.from(receipt!.hash).toString('hex')}` };
    if (!replayed) this.paid.push(one);
    return { ...one, replayed };
  }

  /** The reason of a call that must fail. */
  async refusal(grant: { readonly token: string }): Promise<string> {
    return (await failureOf(this.decider.decide({ callId: callId(), grant: grant.token, tool: 'pay', arguments: Buffer.from('{}') }))).reason;
  }

  async rows(sql: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  readonly decisions = (): Promise<unknown[]> => this.rows('SELECT call_id, verdict, log_partition, log_offset::text FROM docket.decisions ORDER BY log_partition, log_offset');

  /** Once there are so many rows; rejects with what was seen last. */
  async projected(count: number): Promise<unknown[]> {
    let seen: unknown = undefined;
    for (const endMs = performance.now() + WAIT_MS; performance.now() < endMs; await new Promise((resolve) => setTimeout(resolve, 50))) {
      seen = await this.decisions().catch((error: Error) => error.message);
      if (Array.isArray(seen) && seen.length === count) return seen as unknown[];
    }
    throw new Error(`${count} rows of decisions were expected, found ${Array.isArray(seen) ? seen.length : JSON.stringify(seen)}`);
  }

  run(...args: string[]): Promise<Ran> {
    return docket(args, { cwd: this.decider.folder, environment: { ...this.environment, DATABASE_URL: this.url, KEYRING_FILE: join(this.decider.folder, 'keyring.json'), DOCKET_DATA_DIR: this.decider.folder } });
  }

  async succeeds(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(...args);
    expect({ args, exitCode, stderr: exitCode === 0 ? '' : stderr + stdout }).toEqual({ args, exitCode: 0, stderr: '' });
    return stdout;
  }

  get #name(): string {
    return new URL(this.url).pathname.slice(1);
  }
}
