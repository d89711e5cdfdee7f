import { Client, credentials, status } from '@grpc/grpc-js';
import type { Metadata, MethodDefinition, ServiceError } from '@grpc/grpc-js';
import { bearer, packageDefinition, NODE_SERVICE } from '#contracts';
import type { decision, node } from '#contracts';
import { decisionMachine } from '#decision';
import type { DecisionEvent } from '#decision';
import { Judge, partitionOf, PostgresEventLog } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { callId, DeciderFixture, failureOf } from '../decider.fixture.js';
import { Nodes, startNode } from '../routing/nodes.fixture.js';

const PARTITIONS = 8;
const DEADLINE_MS = 60_000;

let postgres: ThrowawayPostgres;
let databaseUrl: string;
let all: DeciderFixture[] = [];
let names = 0;
/** Counters of their own for each spec: all of them are of one organisation. */
const named = (): { counter: string; server: string } => ({ counter: `c${++names}`, server: `server-${names}` });
const limit = (counter: string, scope: string, max: number, more: object = {}): object => ({ counter, window: 'month', max, scope, ...more });
const policy = (...limits: object[]): object => ({ version: '1', default: 'deny', tools: { t: { limits } } });

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  databaseUrl = await postgres.createDatabase();
  const nodes = new Nodes();
  const first = await startNode(nodes, databaseUrl, 'a', undefined, { DECISIONS_PARTITIONS: String(PARTITIONS) });
  all = [first, await startNode(nodes, databaseUrl, 'b', first)];
}, 300_000);

afterAll(async () => {
  await Promise.all(all.map((one) => one.stop()));
  await Promise.all(all.map((one) => one.remove()));
  await postgres.stop();
}, 300_000);

const gateway = (): Metadata => bearer(all[0]!.token('gateway'));
/** Repeats the id, as gateways do, where the answer is that nothing was decided, or that nobody knows: on a busy machine nodes may be away for a while. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = 20; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || ![status.UNAVAILABLE, status.DEADLINE_EXCEEDED].includes((error as ServiceError).code)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const decide = (at: number, grant: string, more: Partial<decision.DecideRequest> = {}): Promise<decision.DecideResponse__Output> => {
  const request = { callId: callId(), grant, tool: 't', ...more };
  return patiently(() => all[at % all.length]!.decide(request, { metadata: gateway(), deadlineMs: DEADLINE_MS }));
};
const grantsOf = async (count: number, document: object, server: string): Promise<string[]> => {
  const grants: string[] = [];
  for (let i = 0; i < count; i += 1) grants.push((await patiently(() => all[0]!.grant(document, server))).id);
  return grants;
};
const settle = (at: number, request: decision.SettleRequest): Promise<decision.SettleResponse__Output> => patiently(() => new Promise((resolve, reject) => {
  all[at % all.length]!.client.Settle(request, gateway(), { deadline: Date.now() + DEADLINE_MS }, (error, value) => (error ? reject(error) : resolve(value!)));
}));
const verdicts = (answers: readonly decision.DecideResponse__Output[]): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const { verdict } of answers) found[verdict] = (found[verdict] ?? 0) + 1;
  return found;
};

/** All valid events of the decisions topic that name one of these calls. */
async function eventsOf(ids: ReadonlySet<string>): Promise<DecisionEvent[]> {
  const log = new PostgresEventLog({ connectionString: databaseUrl });
  const { decode } = decisionMachine({ callIdMemoryMs: 600_000, callIdAheadMs: 60_000 }, () => undefined);
  const found: DecisionEvent[] = [];
  try {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const judge = new Judge('docket.decisions', partition);
      for (let offset = 0; ;) {
        const records = await log.read({ topic: 'docket.decisions', partition }, offset, { maxRecords: 1_000 });
        if (records.length === 0) break;
        for (const record of records) {
          offset = record.offset + 1;
          const judged = judge.judge(record);
          if (judged.kind !== 'event') continue;
          const event = decode(judged.encoded);
          if ('call_id' in event && ids.has(event.call_id)) found.push(event);
        }
      }
    }
  } finally {
    await log.close();
  }
  return found;
}

it('exactly as many calls pass as the limit of a server says, of whichever grants, through whichever nodes, at once; each that passes is one event more', async () => {
  const { counter, server } = named();
  const grants = await grantsOf(6, policy(limit(counter, 'server', 20)), server);
  const ids = Array.from({ length: 60 }, () => callId());
  const answers = await Promise.all(ids.map((id, i) => decide(i, grants[i % grants.length]!, { callId: id })));
  expect(verdicts(answers)).toEqual({ ALLOW: 20, RATE_LIMITED: 40 });
  expect(answers.filter(({ verdict }) => verdict === 'ALLOW').map(({ limits }) => Number(limits[0]!.used)).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(answers[0]!.limits[0]).toMatchObject({ counter, scope: 'server', limit: '20' });
  const events = await eventsOf(new Set(ids));
  expect(events.filter(({ type }) => type === 'QuotaReserved')).toHaveLength(20);
  expect(events.filter(({ type }) => type === 'QuotaReleased' || type === 'CallAborted')).toHaveLength(0);
  expect(events).toHaveLength(60 + 20);
  // The scope's partition and those of grants are on both nodes, or this has shown less than it says.
  expect(new Set(grants.map((grant) => partitionOf(grant, PARTITIONS) % 2)).size + 1).toBeGreaterThan(1);
}, 300_000);

it('a limit of the organisation counts its servers together, one of a server does not', async () => {
  const [one, other] = [named(), named()];
  const document = policy(limit(one.counter, 'server', 2), limit(one.counter, 'organisation', 3));
  const [here] = await grantsOf(1, document, one.server);
  const [there] = await grantsOf(1, document, other.server);
  expect(verdicts(await Promise.all(Array.from({ length: 4 }, (_, i) => decide(i, here!))))).toEqual({ ALLOW: 2, RATE_LIMITED: 2 });
  expect(verdicts(await Promise.all(Array.from({ length: 4 }, (_, i) => decide(i, there!))))).toEqual({ ALLOW: 1, RATE_LIMITED: 3 });
  const last = await decide(0, there!);
  // The server's share was given back: only the organisation's limit refuses.
  expect(last).toMatchObject({ verdict: 'RATE_LIMITED', rule: '/tools/t/limits/1', limits: [{ used: '1', refused: false }, { used: '3', refused: true }] });
}, 300_000);

it('what a limit of the grant itself would refuse takes nothing from others, not even for a moment', async () => {
  const { counter, server } = named();
  const own = limit(`${counter}-own`, 'grant', 2);
  const grants = await grantsOf(5, policy(own, limit(counter, 'server', 10)), server);
  const ids = Array.from({ length: 100 }, () => callId());
  const answers = await Promise.all(ids.map((id, i) => decide(i, grants[i % 5]!, { callId: id })));
  expect(verdicts(answers)).toEqual({ ALLOW: 10, RATE_LIMITED: 90 });
  expect((await eventsOf(new Set(ids))).filter(({ type }) => type === 'QuotaReserved' || type === 'QuotaReleased')).toHaveLength(10);
}, 300_000);

it('a repeated id has one share, whichever node is asked; what was not sent is given back once', async () => {
  const { counter, server } = named();
  const [grant] = await grantsOf(1, policy(limit(counter, 'server', 2), limit(counter, 'organisation', 2)), server);
  const id = callId();
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => decide(i, grant!, { callId: id })));
  expect(verdicts(answers)).toEqual({ ALLOW: 8 });
  expect(answers.filter(({ replayed }) => !replayed).length).toBeLessThanOrEqual(1);
  const settled = await settle(1, { grant: grant!, callId: id, outcome: 'NOT_SENT' });
  expect(settled.refunded.map(({ scope, counter: name, used, remaining }) => [scope, name, used, remaining])).toEqual([['server', counter, '0', '2'], ['organisation', counter, '0', '2']]);
  expect((await settle(0, { grant: grant!, callId: id, outcome: 'NOT_SENT' })).refunded).toHaveLength(2);
  expect(verdicts(await Promise.all(Array.from({ length: 4 }, (_, i) => decide(i, grant!))))).toEqual({ ALLOW: 2, RATE_LIMITED: 2 });
}, 300_000);

it('amounts add up exactly across nodes; dry runs and lists of tools say how it stands and take nothing', async () => {
  const { counter, server } = named();
  const [grant, other] = await grantsOf(2, policy(limit(counter, 'server', 0.3, { increment_from: 'args.amount' })), server);
  const pay = (at: number, by: string, amount: number | string, more: object = {}): Promise<decision.DecideResponse__Output> => decide(at, by, { arguments: Buffer.from(JSON.stringify({ amount })), ...more });
  expect(await pay(0, grant!, 0.1)).toMatchObject({ verdict: 'ALLOW' });
  expect(await pay(1, other!, 0.1)).toMatchObject({ verdict: 'ALLOW', limits: [{ used: '0.2', remaining: '0.1' }] });
  const dry = await pay(0, other!, 0.1, { dryRun: true });
  expect(dry).toMatchObject({ verdict: 'ALLOW', dryRun: true, limits: [{ used: '0.3', remaining: '0' }] });
  expect(dry.steps.at(-1)).toMatchObject({ rule: '/tools/t/limits/0', outcome: 'passes' });
  const visible = await new Promise<decision.ListVisibleToolsResponse__Output>((resolve, reject) => {
    all[1]!.client.ListVisibleTools({ grant: grant!, names: ['t', 'u'] }, gateway(), { deadline: Date.now() + DEADLINE_MS }, (error, value) => (error ? reject(error) : resolve(value!)));
  });
  expect(visible.tools).toMatchObject([{ name: 't', visible: true, limits: [{ scope: 'server', used: '0.2', refused: false }] }, { name: 'u', limits: [] }]);
  expect(await pay(1, grant!, 0.11)).toMatchObject({ verdict: 'RATE_LIMITED' });
  expect(await pay(1, grant!, 0.1)).toMatchObject({ verdict: 'ALLOW', limits: [{ used: '0.3', remaining: '0' }] });
  expect(await pay(1, grant!, 1)).toMatchObject({ verdict: 'DENY', rule: '/tools/t/limits/0' });
}, 300_000);

it('nobody but the nodes takes from the counters: no credential opens what they ask of each other', async () => {
  const { Apply } = packageDefinition[NODE_SERVICE] as unknown as Record<string, MethodDefinition<node.ApplyRequest, node.ApplyResponse__Output>>;
  const command = { type: 'Release', scope: 'server', key: 'default/server-1', call_id: callId(), grant_id: '1'.repeat(32), cause: 'aborted', actor: 'somebody' };
  const client = new Client(all[0]!.address, credentials.createInsecure());
  const apply = (metadata: Metadata): Promise<unknown> => new Promise((resolve, reject) => {
    const request = { partition: partitionOf(command.key, PARTITIONS), command: Buffer.from(JSON.stringify(command)), seal: Buffer.alloc(32) };
    client.makeUnaryRequest(Apply!.path, Apply!.requestSerialize, Apply!.responseDeserialize, request, metadata, { deadline: Date.now() + DEADLINE_MS }, (error: ServiceError | null, value) => (error ? reject(error) : resolve(value)));
  });
  try {
    for (const role of ['gateway', 'admin', 'approver', 'auditor'] as const) expect(await failureOf(apply(bearer(all[0]!.token(role))))).toMatchObject({ reason: 'NODE_SEAL_INVALID' });
  } finally {
    client.close();
  }
}, 300_000);
