import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { describeEventLog } from './event-log.contract.js';
import { PostgresEventLog } from './postgres.event-log.js';

let postgres: ThrowawayPostgres;

beforeAll(async () => { postgres = await startThrowawayPostgres(); }, 300_000);
afterAll(() => postgres.stop());

describeEventLog('PostgreSQL', async () => {
  const connectionString = await postgres.createDatabase();
  return { open: () => new PostgresEventLog({ connectionString }), close: async () => undefined };
});
