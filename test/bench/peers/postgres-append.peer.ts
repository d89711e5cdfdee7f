import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { appendLane } from './append-lane.js';
import type { Lane, Peer } from './peer.js';

/** The event log in PostgreSQL, without Docket: a server of its own, with the settings of the embedded one. */
export class PostgresAppendPeer implements Peer {
  readonly name = 'PostgreSQL log alone';
  private postgres: ThrowawayPostgres | undefined;

  async start(): Promise<readonly Lane[]> {
    const postgres = await startThrowawayPostgres();
    this.postgres = postgres;
    const connectionString = await postgres.createDatabase();
    return [appendLane({ peer: this.name, log: { kind: 'postgres', connectionString }, serverPids: () => [postgres.server.pid] })];
  }

  async stop(): Promise<void> {
    await this.postgres?.stop();
  }
}
