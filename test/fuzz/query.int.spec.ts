import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceDefinition } from '@grpc/proto-loader';
import { bearer, packageDefinition, QUERY_SERVICE } from '#contracts';
import { DocketError } from '#errors';
import { GrantKeys, openKeyring, openPool, systemRuntime } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import { createLogger } from '#platform';
import { Access } from '../../apps/decider/src/access.js';
import { Patience } from '../../apps/decider/src/patience.js';
import { createQuery } from '../../apps/decider/src/query/create-query.js';
import type { QueryApi } from '../../apps/decider/src/query/query-api.js';
import { History, PARTITIONS, TOPIC } from '../docs/history.fixture.js';
import { project } from '../docs/project.fixture.js';
import { fuzzAsync } from './harness.js';
import { mutateBytes, mutateText } from './mutate.js';
import type { Random } from './random.js';

const METHODS = ['ListDecisions', 'GetDecision', 'GetLimitWindows', 'GetUsage', 'ListGrants', 'ListServers', 'ListPolicies', 'ListApprovals'] as const;
type Method = (typeof METHODS)[number];
const definition = packageDefinition[QUERY_SERVICE] as ServiceDefinition;
/** What a question may end with. Everything else, `internal` first of all, is a bug. */
const KINDS = ['invalid_argument', 'not_found', 'failed_precondition', 'unavailable', 'deadline_exceeded'];
const NONSENSE = ['', ' ', '%', "'; DROP TABLE docket.decisions; --", '$1', '\u0000', '\ud800', '\u202e', '{}', 'x'.repeat(257), 'NaN', '\\', '0'.repeat(32), 'A'.repeat(32)];
const TIMES = [null, { seconds: 0, nanos: 0 }, { seconds: 1_767_600_000, nanos: 5 }, { seconds: -1, nanos: -1 }, { seconds: 2 ** 53, nanos: 0 }, { seconds: 1_800_000_000, nanos: 1e9 }, { seconds: 253_402_300_800, nanos: 0 }];

let api: QueryApi;
const undo: (() => unknown)[] = [];
const tokens: string[] = [];

beforeAll(async () => {
  const postgres = await startThrowawayPostgres();
  undo.push(() => postgres.stop());
  const url = await postgres.createDatabase();
  const history = await History.play();
  await project(history, url);
  const folder = mkdtempSync(join(tmpdir(), 'docket-fuzz-'));
  undo.push(() => rmSync(folder, { recursive: true }));
  const pool = openPool({ connectionString: url });
  undo.push(() => pool.end());
  const keys = new GrantKeys({ pool, keyring: await openKeyring({ file: join(folder, 'keyring.json'), create: true }) });
  await keys.prepare();
  const runtime = systemRuntime();
  const status = () => [];
  const { api: made, close } = await createQuery({
    connectionString: url, log: history.log, keys, runtime, patience: new Patience(runtime), logger: createLogger({ level: 'silent', app: 'fuzz' }), errors: { failed: () => undefined }, draining: new AbortController().signal,
    access: new Access(() => ({ credential_id: '0'.repeat(16), subject: 'fuzz', organisation: 'default', roles: ['auditor'], server_ids: [] })),
    topics: [{ topic: TOPIC, partitions: PARTITIONS, status }, { topic: 'docket.registry', partitions: 1, status }],
  });
  undo.push(close);
  api = made;
}, 300_000);

afterAll(async () => {
  for (const step of undo.reverse()) await step();
}, 300_000);

const anyText = (random: Random, good: readonly string[]): string => (random.chance(0.6) ? '' : random.chance(0.7) ? random.pick(good) : random.chance(0.5) ? random.pick(NONSENSE) : mutateText(random, random.pick(good)));
const anyToken = (random: Random): string => (random.chance(0.5) || tokens.length === 0 ? '' : random.chance(0.6) ? random.pick(tokens) : mutateText(random, random.pick(tokens)));
const anyNumber = (random: Random): number => random.pick([0, 1, 2, 3, 50, 1_000, 1_001, -1, 2 ** 31 - 1, -(2 ** 31)]);

function anyRequest(random: Random): Record<string, unknown> {
  const verdicts = Array.from({ length: random.below(4) }, () => random.pick(['ALLOW', 'DENY', 'RATE_LIMITED', 'VERDICT_UNSPECIFIED']));
  return {
    pageSize: anyNumber(random), pageToken: anyToken(random), order: random.pick(['ORDER_UNSPECIFIED', 'OLDEST_FIRST', 'NEWEST_FIRST']), verdicts, wouldBe: random.chance(0.9) ? [] : verdicts,
    grantId: anyText(random, ['0'.repeat(32)]), serverId: anyText(random, ['payments']), tool: anyText(random, ['merge', 'create_charge']), agent: anyText(random, ['billing-bot']), sessionId: anyText(random, ['hurry']),
    rule: anyText(random, ['(default deny)']), policyId: anyText(random, ['charges']), counter: anyText(random, ['spend']), scopeKey: anyText(random, ['billing-bot']), scope: anyText(random, ['grant', 'agent']),
    callId: anyText(random, ['019b8d2a-0000-7000-8000-000000000001']), from: random.chance(0.7) ? null : random.pick(TIMES), to: random.chance(0.7) ? null : random.pick(TIMES), currentOnly: random.chance(0.2), inForceOnly: random.chance(0.5),
    groupBy: Array.from({ length: random.below(4) }, () => random.pick(['SERVER', 'TOOL', 'VERDICT', 'DIMENSION_UNSPECIFIED'])), granularity: random.pick(['HOUR', 'DAY', 'TOTAL', 'GRANULARITY_UNSPECIFIED']),
    atLeast: random.chance(0.8) ? null : { topic: random.pick([TOPIC, 'docket.registry', 'x', '']), partition: anyNumber(random), offset: random.pick([0, 1, 5, -1, 2 ** 40]), hash: random.chance(0.8) ? Buffer.alloc(0) : random.bytes(random.pick([31, 32])) },
  };
}

/** Through the wire's encoding, sometimes damaged: the server reads whatever protobuf can make of it. */
function received(random: Random, method: Method): object | undefined {
  const { requestSerialize, requestDeserialize } = definition[method]!;
  const known = Object.keys(requestDeserialize(Buffer.alloc(0)) as object);
  try {
    const bytes = requestSerialize(Object.fromEntries(Object.entries(anyRequest(random)).filter(([name]) => known.includes(name))));
    return requestDeserialize(random.chance(0.2) ? mutateBytes(random, bytes) : bytes) as object;
  } catch {
    return undefined;
  }
}

it('questions of any kind are answered or refused with a typed error, and every answer fits its message', async () => {
  const ended: Record<string, number> = {};
  const checked = await fuzzAsync('query', 1_200, 4, async (random) => {
    const method = random.pick(METHODS);
    const request = received(random, method);
    if (request === undefined) return;
    const ask = api[(method[0]!.toLowerCase() + method.slice(1)) as 'listDecisions'] as unknown as (request: object, metadata: unknown, call: unknown) => Promise<{ nextPageToken?: string }>;
    const call = { getDeadline: () => Date.now() + 30_000, once: () => undefined };
    const answer = await ask.call(api, request, bearer(`dk_${'a'.repeat(16)}_${'B'.repeat(43)}`), call).catch((error: unknown) => error);
    if (answer instanceof Error) {
      if (!(answer instanceof DocketError) || !KINDS.includes(answer.kind)) throw answer;
      if (answer.kind === 'invalid_argument' && answer.violations.length === 0) throw new Error(`no field is named: ${answer.message}`);
      ended[answer.kind] = (ended[answer.kind] ?? 0) + 1;
      return;
    }
    definition[method]!.responseSerialize(answer as object);
    ended['answered'] = (ended['answered'] ?? 0) + 1;
    const { nextPageToken } = answer as { nextPageToken?: string };
    if (nextPageToken && tokens.length < 200) tokens.push(nextPageToken);
  });
  if (checked < 1_200) return;
  expect(ended['answered']).toBeGreaterThan(50);
  expect(ended['invalid_argument']).toBeGreaterThan(50);
  expect(ended['unavailable'] ?? 0).toBeLessThan(20);
}, 300_000);
