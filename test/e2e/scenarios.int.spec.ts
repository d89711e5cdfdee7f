import { PostgresEventLog } from '#ledger';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { type CaseResult, type Scenario, failureText, playCase } from '#scenarios';
import { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { CORPUS_FILES, corpusCases } from '../scenarios/corpus.js';
import { GrpcDriver, ScenarioStage } from './scenarios.grpc-driver.fixture.js';
import { type Scheduled, schedule } from './scenarios.schedule.fixture.js';
import { VirtualTime, VirtualTimeLog } from './scenarios.virtual-time.fixture.js';

const all = CORPUS_FILES.flatMap((file) => corpusCases(file));
const { groups, unplaced } = schedule(all.filter(({ core_only }) => core_only === undefined));

let postgres: ThrowawayPostgres;
let log: PostgresEventLog;
let stage: ScenarioStage;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  const databaseUrl = await postgres.createDatabase();
  const first = groups[0]![0]!;
  const time = new VirtualTime((first.scenario.at ?? 0) + first.shiftMs);
  log = new PostgresEventLog({ connectionString: databaseUrl });
  const decider = await new DeciderFixture(databaseUrl, { runtime: time.runtime(), log: new VirtualTimeLog(log, time) }).start({ DECISIONS_PARTITIONS: '2', LOG_DECISIONS: 'false' });
  stage = new ScenarioStage(decider, time);
}, 300_000);

afterAll(async () => {
  await stage.close();
  await stage.decider.remove();
  await log.close();
  await postgres.stop();
}, 300_000);

/** Plays one case; the clock stands where the case before has left it, or later. */
async function play({ scenario, shiftMs }: Scheduled): Promise<CaseResult> {
  const driver = new GrpcDriver(stage);
  const conversation = playCase(scenario, shiftMs);
  let next = conversation.next();
  while (next.done !== true) next = conversation.next(await driver.perform(next.value.action, next.value.nowMs));
  return next.value;
}

const results = new Map<Scenario, Promise<CaseResult>>();

/** Plays the whole group when the first of its cases is asked for. */
function resultOf(one: Scheduled, group: readonly Scheduled[]): Promise<CaseResult> {
  const known = results.get(one.scenario);
  if (known !== undefined) return known;
  for (const each of group) {
    const result = play(each);
    // It is looked at when its own test comes.
    result.catch(() => undefined);
    results.set(each.scenario, result);
  }
  return results.get(one.scenario)!;
}

// Group after group, in the order of the clock that they share.
describe('the corpus, through the client library, over the API of a running decider on PostgreSQL', () => {
  test.each(groups.flatMap((group) => group.map((one) => [one.scenario.name, one, group] as const)))('%s', async (_, one, group) => {
    const { failure } = await resultOf(one, group);
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
