import { PostgresEventLog } from '#ledger';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { type CaseResult, failureText, playCase } from '#scenarios';
import { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { CORPUS_FILES, corpusCases } from '../scenarios/corpus.js';
import { GrpcDriver, ScenarioStage } from './scenarios.grpc-driver.fixture.js';
import { type Scheduled, schedule } from './scenarios.schedule.fixture.js';
import { VirtualTime, VirtualTimeLog } from './scenarios.virtual-time.fixture.js';

const all = CORPUS_FILES.flatMap((file) => corpusCases(file));
const { scheduled, unplaced } = schedule(all.filter(({ core_only }) => core_only === undefined));

let postgres: ThrowawayPostgres;
let log: PostgresEventLog;
let stage: ScenarioStage;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  const databaseUrl = await postgres.createDatabase();
  const first = scheduled[0]!;
  const time = new VirtualTime((first.scenario.at ?? 0) + first.shiftMs);
  log = new PostgresEventLog({ connectionString: databaseUrl });
  const decider = await new DeciderFixture(databaseUrl, { runtime: time.runtime(), log: new VirtualTimeLog(log, time) }).start({ DECISIONS_PARTITIONS: '2', LOG_DECISIONS: 'false' });
  stage = new ScenarioStage(decider, time);
}, 60_000);

afterAll(async () => {
  stage.close();
  await stage.decider.remove();
  await log.close();
  await postgres.stop();
}, 60_000);

/** Plays one case; the clock stands where the case before has left it, or later. */
async function play({ scenario, shiftMs }: Scheduled): Promise<CaseResult> {
  const driver = new GrpcDriver(stage);
  const conversation = playCase(scenario, shiftMs);
  let next = conversation.next();
  while (next.done !== true) next = conversation.next(await driver.perform(next.value.action, next.value.nowMs));
  return next.value;
}

// One after another, in the order of the clock that they share.
describe('the corpus, over the API of a running decider on PostgreSQL', () => {
  test.each(scheduled.map((one) => [one.scenario.name, one] as const))('%s', async (_, one) => {
    const { failure } = await play(one);
    expect(failure && failureText(failure)).toBeUndefined();
  });
});

test('few cases need the pure core, each with its reason', () => {
  expect(unplaced.map(({ name }) => name)).toEqual([]);
  expect(all.filter(({ core_only }) => core_only !== undefined).map(({ name, core_only }) => `${name}: ${core_only}`)).toEqual([
    'does not know a grant of another organisation: the registry of a running decider holds one organisation',
    'gives an error, not a verdict, while no version of the policy is in force here: the registry attaches no policy that was never published',
    'counts the longest window of seconds, 31 days: its windows repeat with no calendar, so it cannot share a clock with the other cases',
  ]);
});
