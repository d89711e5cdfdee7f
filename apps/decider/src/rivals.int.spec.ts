import { join } from 'node:path';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { callId, DeciderFixture } from './decider.fixture.js';

let postgres: ThrowawayPostgres;
let first: DeciderFixture;
let second: DeciderFixture;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  const url = await postgres.createDatabase();
  [first, second] = [new DeciderFixture(url), new DeciderFixture(url)];
}, 300_000);

afterAll(async () => {
  await Promise.all([first.remove(), second.remove()]);
  await postgres.stop();
}, 300_000);

it('two deciders on one log fence each other, and an operator is told', async () => {
  await first.start({ DECISIONS_PARTITIONS: '1' });
  const files = { KEYRING_FILE: join(first.folder, 'keyring.json'), CREDENTIALS_FILE: join(first.folder, 'credentials.json') };
  const grant = await first.grant({ version: '1', default: 'deny', tools: { t: { limits: [{ counter: 'c', window: 'month', max: 5, scope: 'grant' }] } } });
  await second.start(files);
  const alarms = () => [...first.lines, ...second.lines].filter((line) => line.includes('"rival_owner"'));
  const allowed = new Set<string>();
  // Calls keep both of them claiming: each writes what fences the other.
  while (alarms().length === 0) {
    const id = callId();
    const answer = await first.decide({ callId: id, grant: grant.id, tool: 't' }, { deadlineMs: 2_000 }).catch(() => undefined);
    if (answer?.verdict === 'ALLOW') allowed.add(id);
  }
  expect(JSON.parse(alarms()[0]!)).toMatchObject({ level: 'error', alarm: { kind: 'rival_owner' }, msg: expect.stringContaining('another decider claims the same partitions') as string });
  expect(allowed.size).toBeLessThanOrEqual(5);
}, 300_000);
