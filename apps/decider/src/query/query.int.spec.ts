import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { bearer, msOf } from '#contracts';
import type { decision, query, registry } from '#contracts';
import { Generations } from '#read-models';
import { failureInTime, failureOf } from '../decider.fixture.js';
import { POLICY, QueryFixture } from './query.fixture.js';

let world: QueryFixture;
let grant: { id: string; token: string };
let other: { id: string; token: string };
let decided: Record<string, decision.DecideResponse__Output>;

beforeAll(async () => { world = await QueryFixture.start(); }, 300_000);
afterAll(() => world.remove(), 300_000);

const idsOf = ({ decisions }: { readonly decisions: readonly query.Decision__Output[] }): string[] => decisions.map(({ callId }) => callId);
const fieldsOf = async (call: Promise<unknown>): Promise<string[]> => {
  const { code, reason, violations } = await failureOf(call);
  expect({ code, reason }).toEqual({ code: 3, reason: 'INVALID_REQUEST' });
  return violations.map(({ field }) => field);
};

it('says that nothing is projected, until a projector has run', async () => {
  expect(await failureOf(world.decisions())).toMatchObject({ code: 14, reason: 'NOTHING_PROJECTED', retryAfterMs: 2_000 });
  await world.project();
  expect(await world.decisions()).toMatchObject({ decisions: [], nextPageToken: '', asOf: { projection: 'decisions', topic: 'docket.decisions', lagIsKnown: true } });
});

describe('decisions', () => {
  beforeAll(async () => {
    grant = await world.decider.grant(POLICY);
    other = await world.decider.grant(POLICY, 'server-b');
    decided = {
      read: await world.decide(grant, 'read', { agent: 'ann', sessionId: 's-1', principal: 'kim' }),
      never: await world.decide(grant, 'never', { agent: 'bob' }),
      often: await world.decide(grant, 'often', { sessionId: 's-2' }),
      again: await world.decide(grant, 'often', { sessionId: 's-2' }),
      limited: await world.decide(grant, 'often', { sessionId: 's-2' }),
      ask: await world.decide(other, 'ask', { agent: 'ann' }),
      nobody: await world.decide(other, 'unknown'),
    };
  });

  it('are read by whoever has just made them, with the receipt', async () => {
    const last = decided['nobody']!;
    const page = await world.decisions({ atLeast: last.receipt!, grantId: other.id });
    expect(idsOf(page)).toEqual([last.callId, decided['ask']!.callId]);
    expect(page.asOf!.positions.find(({ partition }) => partition === last.receipt!.partition)!.nextOffset).toBeGreaterThan(last.receipt!.offset);
    for (let round = 0; round < 5; round++) {
      const made = await world.decide(grant, 'read');
      expect(idsOf(await world.decisions({ atLeast: made.receipt!, grantId: grant.id, pageSize: 1 }))).toEqual([made.callId]);
    }
  });

  it('are found by each filter, and by several together', async () => {
    const { read, never, often, again, limited, ask, nobody } = decided as Record<string, decision.DecideResponse__Output>;
    const found = async (request: query.ListDecisionsRequest): Promise<string[]> => idsOf(await world.decisions({ order: 'OLDEST_FIRST', ...request }));
    expect(await found({ grantId: other.id })).toEqual([ask!.callId, nobody!.callId]);
    expect(await found({ serverId: 'server-b' })).toEqual([ask!.callId, nobody!.callId]);
    expect(await found({ tool: 'often' })).toEqual([often!.callId, again!.callId, limited!.callId]);
    expect(await found({ verdicts: ['RATE_LIMITED', 'APPROVAL_REQUIRED'] })).toEqual([limited!.callId, ask!.callId]);
    expect(await found({ rule: '(default deny)' })).toEqual([nobody!.callId]);
    expect(await found({ rule: never!.rule })).toEqual([never!.callId]);
    expect(await found({ sessionId: 's-2', verdicts: ['ALLOW'] })).toEqual([often!.callId, again!.callId]);
    expect(await found({ agent: 'ann' })).toEqual([read!.callId, ask!.callId]);
    expect(await found({ principal: 'kim', policyId: read!.policyId, policyVersion: read!.policyVersion })).toEqual([read!.callId]);
    expect(await found({ from: never!.decidedAt!, to: limited!.decidedAt!, grantId: grant.id })).toEqual(expect.arrayContaining([never!.callId]) as string[]);
    expect(await found({ from: nobody!.decidedAt!, to: { seconds: 253_370_764_800, nanos: 0 }, grantId: other.id })).toContain(nobody!.callId);
    expect(await found({ to: read!.decidedAt! })).toEqual([]);
    expect(await found({ tool: 'no such tool' })).toEqual([]);
  });

  it('show what was recorded of them, never an argument', async () => {
    const { decisions: [found] } = await world.decisions({ grantId: grant.id, sessionId: 's-1' });
    const { receipt, ...read } = decided['read']!;
    expect(found).toMatchObject({
      callId: read.callId, verdict: 'ALLOW', wouldBe: 'VERDICT_UNSPECIFIED', rule: '', tool: 'read', serverId: 'server-a', agent: 'ann', principal: 'kim', sessionId: 's-1',
      policyId: read.policyId, policyVersion: read.policyVersion, outcome: 'OUTCOME_UNSPECIFIED', settledAt: null,
    });
    expect(found!.receipt).toMatchObject({ topic: 'docket.decisions', partition: receipt!.partition, offset: receipt!.offset });
    expect(msOf(found!.decidedAt!)).toBe(msOf(read.decidedAt!));
    expect(JSON.stringify(found)).not.toContain('hush');
  });

  it('come in pages that show each of them once, in one order, however many arrive meanwhile', async () => {
    const made: string[] = [];
    for (let burst = 0; burst < 4; burst++) {
      const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => world.decide(index % 3 === 0 ? other : grant, 'read', { sessionId: 'paging' })));
      made.push(...answers.map(({ callId }) => callId));
      if (burst === 3) for (const { receipt } of answers) await world.decisions({ atLeast: receipt!, pageSize: 1 });
    }
    await fc.assert(fc.asyncProperty(fc.integer({ min: 2, max: 17 }), fc.boolean(), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }), async (pageSize, newest, arrivals) => {
      const request: query.ListDecisionsRequest = { sessionId: 'paging', tool: 'read', pageSize, order: newest ? 'NEWEST_FIRST' : 'OLDEST_FIRST' };
      const late: string[] = [];
      const all = await world.everyDecision(request, async () => {
        const more = await Promise.all(Array.from({ length: arrivals.pop() ?? 0 }, (_, index) => world.decide(index === 1 ? other : grant, 'read', { sessionId: 'paging' })));
        late.push(...more.map(({ callId }) => callId));
        await Promise.all(more.map(({ receipt }) => world.decisions({ atLeast: receipt!, pageSize: 1 })));
      });
      expect(idsOf({ decisions: all }).sort()).toEqual([...made].sort());
      const keys = all.map(({ decidedAt, receipt }) => [msOf(decidedAt!), receipt!.partition, receipt!.offset] as const);
      const sorted = [...keys].sort((a, b) => (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) * (newest ? -1 : 1));
      expect(keys).toEqual(sorted);
      made.push(...late);
    }), { numRuns: 6 });
  }, 300_000);

  it('follow a list only with its own token, whole and unchanged', async () => {
    const { nextPageToken } = await world.decisions({ pageSize: 2, tool: 'read' });
    const badToken = { code: 3, reason: 'INVALID_PAGE_TOKEN', violations: [{ field: 'page_token', description: 'expected the next_page_token of a ListDecisions with the same filters' }] };
    expect((await world.decisions({ pageSize: 5, tool: 'read', pageToken: nextPageToken })).decisions).toHaveLength(5);
    for (const request of [{ tool: 'often' }, { tool: 'read', order: 'OLDEST_FIRST' as const }, {}]) expect(await failureOf(world.decisions({ ...request, pageToken: nextPageToken }))).toMatchObject(badToken);
    const middle = Math.floor(nextPageToken.length / 3);
    const flipped = nextPageToken.slice(0, middle) + (nextPageToken[middle] === 'A' ? 'B' : 'A') + nextPageToken.slice(middle + 1);
    for (const token of ['x', '.', 'a.b', flipped, nextPageToken.slice(0, -1), `${nextPageToken}A`, 'z'.repeat(20_000), `${Buffer.from('{"k":[]}').toString('base64url')}.${'A'.repeat(22)}`]) {
      expect(await failureOf(world.decisions({ tool: 'read', pageToken: token }))).toMatchObject(badToken);
    }
    expect(await failureOf(world.ask('GetUsage', { tool: 'read', pageToken: nextPageToken }))).toMatchObject({ code: 3, reason: 'INVALID_PAGE_TOKEN' });
  });

  it('are refused for nonsense, with every field named', async () => {
    expect(await fieldsOf(world.decisions({
      pageSize: -1, grantId: grant.token, tool: 'x'.repeat(257), agent: 'a\u0000b', rule: 'r'.repeat(1_025), verdicts: ['VERDICT_UNSPECIFIED'], outcome: 99 as never, order: 7 as never,
      from: { seconds: 10, nanos: 0 }, to: { seconds: 10, nanos: 0 },
    }))).toEqual(['order', 'grant_id', 'tool', 'verdicts[0]', 'rule', 'agent', 'outcome', 'to', 'page_size']);
    expect(await fieldsOf(world.decisions({ from: { seconds: -1, nanos: 0 }, to: { seconds: 1e13, nanos: 0 }, verdicts: Array.from({ length: 9 }, () => 'ALLOW' as const) }))).toEqual(['verdicts', 'from', 'to']);
    expect(await fieldsOf(world.decisions({ atLeast: { topic: 'docket.registry', partition: -1, offset: -1, hash: Buffer.alloc(3) } }))).toEqual(['at_least.topic', 'at_least.partition', 'at_least.offset', 'at_least.hash']);
    const details = await failureOf(world.decisions({ grantId: grant.token }));
    expect(JSON.stringify(details)).not.toContain(grant.token.slice(0, 40));
    expect((await world.decisions({ pageSize: 1_000_000 })).decisions.length).toBeGreaterThan(10);
  });

  it('are found by grant and call id with their charges, long after the decision API has forgotten the id', async () => {
    const often = decided['often']!;
    const settled = await new Promise<decision.SettleResponse__Output>((resolve, reject) => {
      world.decider.client.Settle({ grant: grant.id, callId: often.callId, outcome: 'NOT_SENT' }, bearer(world.decider.token('gateway')), (error, value) => (error ? reject(error) : resolve(value!)));
    });
    const found: query.GetDecisionResponse__Output = await world.ask('GetDecision', { grantId: grant.id, callId: often.callId.toUpperCase(), atLeast: settled.receipt });
    expect(found.decision).toMatchObject({ callId: often.callId, outcome: 'NOT_SENT', receipt: { offset: often.receipt!.offset, hash: often.receipt!.hash } });
    expect(found.charges).toMatchObject([{ scope: 'session', counter: 'often', window: 'month', sliding: false, amount: '1' }]);
    expect(found.charges[0]!.refundedAt).not.toBeNull();
    expect(found).toMatchObject({ inLog: true, message: often.message });
    const limited: query.GetDecisionResponse__Output = await world.ask('GetDecision', { grantId: grant.id, callId: decided['limited']!.callId });
    expect(limited).toMatchObject({ message: decided['limited']!.message, charges: [], decision: { verdict: 'RATE_LIMITED' } });
    expect(limited.message).not.toBe('');
    expect((await world.decisions({ outcome: 'NOT_SENT' })).decisions.map(({ callId }) => callId)).toEqual([often.callId]);
    expect(await failureOf(world.ask('GetDecision', { grantId: other.id, callId: often.callId }))).toMatchObject({ code: 5, reason: 'CALL_NOT_FOUND' });
    expect(await fieldsOf(world.ask('GetDecision', { grantId: '', callId: 'x' }))).toEqual(['grant_id', 'call_id']);
  });
});

describe('the other questions', () => {
  it('give the windows of counters, current and past, to the exact figure', async () => {
    const made = await world.decide(grant, 'often', { sessionId: 's-9', agent: 'zed' });
    const asked: query.GetLimitWindowsResponse__Output = await world.ask('GetLimitWindows', { grantId: grant.id, counter: 'often', scopeKey: 's-9', atLeast: made.receipt });
    expect(asked.windows).toMatchObject([{ scope: 'session', scopeKey: 's-9', counter: 'often', window: 'month', sliding: false, isCurrent: true, used: '1', limit: '2', remaining: '1', serverId: 'server-a' }]);
    expect(asked.asOf!.projection).toBe('limit_windows');
    const pages: string[] = [];
    for (let pageToken = ''; ;) {
      const page: query.GetLimitWindowsResponse__Output = await world.ask('GetLimitWindows', { pageSize: 1, pageToken, currentOnly: true });
      pages.push(...page.windows.map(({ grantId, counter, scopeKey }) => `${grantId} ${counter} ${scopeKey}`));
      if ((pageToken = page.nextPageToken) === '') break;
    }
    expect(pages).toEqual(expect.arrayContaining([`${grant.id} often s-2`, `${grant.id} often s-9`, `${grant.id} reads `, `${other.id} reads `]) as string[]);
    expect(new Set(pages).size).toBe(pages.length);
    expect(await fieldsOf(world.ask('GetLimitWindows', { scope: 'planet', grantId: 'x' }))).toEqual(['grant_id', 'scope']);
  });

  it('count calls by hour, day or in all, by the dimensions that are asked for', async () => {
    const made = await world.decide(grant, 'never', { agent: 'counted' });
    const usage = (request: query.GetUsageRequest): Promise<query.GetUsageResponse__Output> => world.ask('GetUsage', { atLeast: made.receipt!, ...request });
    const { usage: total } = await usage({ granularity: 'TOTAL', groupBy: ['VERDICT'], grantId: grant.id });
    const listed = await world.everyDecision({ grantId: grant.id, atLeast: made.receipt! });
    expect(Object.fromEntries(total.map(({ verdict, calls }) => [verdict, calls]))).toEqual(
      Object.fromEntries(['ALLOW', 'DENY', 'RATE_LIMITED'].map((verdict) => [verdict, listed.filter((one) => one.verdict === verdict).length])));
    expect(total.every(({ start, tool, agent }) => start === null && tool === '' && agent === '')).toBe(true);
    const { usage: hours } = await usage({ agent: 'counted' });
    expect(hours).toMatchObject([{ serverId: 'server-a', grantId: grant.id, agent: 'counted', tool: 'never', verdict: 'DENY', calls: 1 }]);
    expect(msOf(hours[0]!.start!) % 3_600_000).toBe(0);
    const { usage: [day] } = await usage({ agent: 'counted', granularity: 'DAY', groupBy: ['TOOL'] });
    expect(msOf(day!.start!) % 86_400_000).toBe(0);
    const paged: string[] = [];
    for (let pageToken = ''; ;) {
      const page = await usage({ granularity: 'TOTAL', groupBy: ['TOOL', 'VERDICT'], pageSize: 2, pageToken });
      paged.push(...page.usage.map(({ tool, verdict }) => `${tool} ${verdict}`));
      if ((pageToken = page.nextPageToken) === '') break;
    }
    expect(paged).toEqual(['ask APPROVAL_REQUIRED', 'never DENY', 'often ALLOW', 'often RATE_LIMITED', 'read ALLOW', 'unknown DENY']);
  });

  it('list grants, servers, policies and approvals as they are after an edit that one has the offset of', async () => {
    const revoked = await world.decider.admin<registry.RevokeGrantResponse__Output>((client, metadata, done) => client.RevokeGrant({ grantId: other.id }, metadata, done));
    const atLeast = { topic: 'docket.registry', partition: 0, offset: revoked.inForce!.registryOffset };
    const grants = async (state?: query.ListGrantsRequest['state']): Promise<string[]> =>
      (await world.ask<query.ListGrantsRequest, query.ListGrantsResponse__Output>('ListGrants', { atLeast, ...(state && { state }) })).grants.map(({ grantId }) => grantId);
    expect(await grants('REVOKED')).toEqual([other.id]);
    expect(await grants('ACTIVE')).toEqual([grant.id]);
    expect(await grants('ERASED')).toEqual([]);
    expect(await grants()).toEqual([grant.id, other.id]);
    const { servers }: query.ListServersResponse__Output = await world.ask('ListServers', { atLeast });
    expect(servers.map(({ serverId, registeredBy }) => [serverId, registeredBy])).toEqual([['server-a', 'admin'], ['server-b', 'admin']]);
    const { policies }: query.ListPoliciesResponse__Output = await world.ask('ListPolicies', { atLeast, policyId: decided['read']!.policyId, inForceOnly: true });
    expect(policies).toMatchObject([{ version: decided['read']!.policyVersion, inForce: true, publishedBy: 'admin' }]);
    const { approvals }: query.ListApprovalsResponse__Output = await world.ask('ListApprovals', { state: 'PENDING', atLeast: decided['ask']!.receipt });
    expect(approvals).toMatchObject([{ approvalId: decided['ask']!.approvalId, callId: decided['ask']!.callId, tool: 'ask', requestedBy: 'gateway', needed: 1, approvers: [] }]);
    expect(((await world.ask('ListApprovals', { state: 'REDEEMED' })) as query.ListApprovalsResponse__Output).approvals).toEqual([]);

    const erased = await world.decider.admin<registry.EraseGrantResponse__Output>((client, metadata, done) => client.EraseGrant({ grantId: other.id }, metadata, done));
    const after: query.ListGrantsResponse__Output = await world.ask('ListGrants', { state: 'ERASED', atLeast: { ...atLeast, offset: erased.inForce!.registryOffset } });
    expect(after.grants).toMatchObject([{ grantId: other.id, erasedBy: 'admin', revokedBy: 'admin' }]);
    expect(after.grants[0]!.erasedAt).not.toBeNull();
  });

  it('wait for a table that is filled anew with columns that the one shown has not', async () => {
    await world.pool.query('ALTER VIEW docket.servers RENAME COLUMN name TO former_name');
    expect(await failureOf(world.ask('ListServers', {}))).toMatchObject({ code: 14, reason: 'PROJECTION_OUTDATED', retryAfterMs: 5_000 });
    await world.pool.query('ALTER VIEW docket.servers RENAME COLUMN former_name TO name');
    expect((await world.ask('ListServers', {}) as query.ListServersResponse__Output).servers).toHaveLength(2);
  });

  it('tell how far each table has come', async () => {
    const { projections }: query.ListProjectionsResponse__Output = await world.ask('ListProjections', {});
    expect(projections.map(({ projection }) => projection)).toEqual(['approvals', 'decisions', 'grants', 'limit_charges', 'limit_windows', 'policies', 'servers', 'usage_hourly']);
    expect(projections.every(({ state, lagIsKnown, positions, topic }) => state === 'CURRENT' && lagIsKnown && positions.length === (topic === 'docket.registry' ? 1 : 4))).toBe(true);
  });
});

describe('who asks', () => {
  it('is an auditor: nobody else, not without a credential, and each only for the own organisation', async () => {
    expect(await failureOf(world.decisions({}, { metadata: new Metadata() }))).toMatchObject({ code: 16 });
    expect(await failureOf(world.decisions({}, { metadata: bearer(`dk_${'0'.repeat(16)}_${'A'.repeat(43)}`) }))).toMatchObject({ code: 16, reason: 'CREDENTIAL_INVALID' });
    for (const role of ['gateway', 'admin', 'approver'] as const) {
      for (const method of ['ListDecisions', 'GetDecision', 'GetLimitWindows', 'GetUsage', 'ListGrants', 'ListServers', 'ListPolicies', 'ListApprovals', 'ListProjections'] as const) {
        expect(await failureOf(world.ask(method, {}, { metadata: bearer(world.decider.token(role)) }))).toMatchObject({ code: 7, reason: 'ROLE_MISSING' });
      }
    }
  });
});

describe('another organisation', () => {
  it('sees nothing of this one, by no question, and cannot go on with its lists', async () => {
    const elsewhere = await world.api({ organisation: 'elsewhere' });
    const here = await world.api({ organisation: 'default' });
    const hasty = await world.api({ organisation: 'default', statementMsMax: 300 });
    try {
      expect((await here.ask('listDecisions', {})).decisions!.length).toBeGreaterThan(5);
      const { nextPageToken } = await world.decisions({ pageSize: 1 });
      expect((await here.ask('listDecisions', { pageSize: 1, pageToken: nextPageToken })).decisions).toHaveLength(1);
      await expect(elsewhere.ask('listDecisions', { pageSize: 1, pageToken: nextPageToken })).rejects.toMatchObject({ reason: 'INVALID_PAGE_TOKEN' });
      expect((await elsewhere.ask('listDecisions', { grantId: grant.id })).decisions).toEqual([]);
      await expect(elsewhere.ask('getDecision', { grantId: grant.id, callId: decided['read']!.callId })).rejects.toMatchObject({ kind: 'not_found' });
      expect((await elsewhere.ask('getLimitWindows', {})).windows).toEqual([]);
      expect((await elsewhere.ask('getUsage', {})).usage).toEqual([]);
      expect((await elsewhere.ask('listGrants', {})).grants).toEqual([]);
      expect((await elsewhere.ask('listServers', {})).servers).toEqual([]);
      expect((await elsewhere.ask('listPolicies', {})).policies).toEqual([]);
      expect((await elsewhere.ask('listApprovals', {})).approvals).toEqual([]);

      const holder = await world.pool.connect();
      await holder.query('BEGIN; LOCK TABLE docket.usage_hourly IN ACCESS EXCLUSIVE MODE');
      await expect(hasty.ask('getUsage', {})).rejects.toMatchObject({ kind: 'deadline_exceeded', reason: 'QUERY_TIMEOUT', retryAfterMs: 1_000 });
      await holder.query('ROLLBACK');
      holder.release();
    } finally {
      for (const { close } of [elsewhere, here, hasty]) await close();
    }
  });
});

describe('rows that are behind', () => {
  it('say so, make a reader of his own write wait until his deadline, and let him go on as soon as they have come', async () => {
    await world.rest();
    const made = await world.decide(grant, 'read', { sessionId: 'late' });
    const behind = await failureInTime((deadlineMs) => world.decisions({ atLeast: made.receipt! }, { deadlineMs }), 4_000);
    expect(behind).toMatchObject({ code: 14, reason: 'PROJECTION_BEHIND', retryAfterMs: 1_000, metadata: { projection: 'decisions', wanted_offset: String(made.receipt!.offset), lag_records: expect.stringMatching(/^[1-9]/) as string } });
    const late = await world.decisions({ sessionId: 'late' });
    expect(late).toMatchObject({ decisions: [], asOf: { lagIsKnown: true } });
    expect(late.asOf!.lagRecords).toBeGreaterThan(0);
    const waiting = world.decisions({ atLeast: made.receipt!, sessionId: 'late' });
    await world.project();
    expect(idsOf(await waiting)).toEqual([made.callId]);
  });

  it('are told from receipts of another log, of the future, or of a log that was changed', async () => {
    const made = await world.decide(grant, 'read');
    const { topic, partition, offset } = made.receipt!;
    expect(await failureOf(world.decisions({ atLeast: { topic, partition, offset: offset + 1_000 } }))).toMatchObject({ code: 3, reason: 'RECEIPT_NOT_IN_LOG', violations: [{ field: 'at_least.offset' }] });
    expect(await failureOf(world.decisions({ atLeast: { topic, partition: 400, offset } }))).toMatchObject({ code: 3, violations: [{ field: 'at_least.partition' }] });
    expect(await failureOf(world.decisions({ atLeast: { topic, partition, offset, hash: Buffer.alloc(32, 7) } }))).toMatchObject({ code: 9, reason: 'RECEIPT_MISMATCH' });
  });

  it('say where and why their projection has stopped, and that waiting is of no use', async () => {
    const generations = new Generations(world.readModels);
    const { id } = (await generations.list()).find(({ projection }) => projection === 'decisions')!;
    await generations.stop(id, 2, 77, 'it cannot be applied');
    try {
      const made = await world.decide(grant, 'read');
      expect((await world.decisions({ pageSize: 1 })).asOf).toMatchObject({ state: 'STOPPED', stopped: { partition: 2, offset: 77, reason: 'it cannot be applied' } });
      expect(await failureOf(world.decisions({ atLeast: made.receipt! }))).toMatchObject({
        code: 14, reason: 'PROJECTION_STOPPED', message: expect.stringContaining('it cannot be applied') as string, metadata: { stopped_partition: '2', stopped_offset: '77' },
      });
    } finally {
      await generations.resumeStopped();
    }
  });

  it('and a table that somebody holds end the question in time, not the service', async () => {
    const holder = await world.pool.connect();
    await holder.query('BEGIN; LOCK TABLE docket.decisions IN ACCESS EXCLUSIVE MODE');
    try {
      expect(await failureInTime((deadlineMs) => world.decisions({}, { deadlineMs }), 4_000)).toMatchObject({ code: 4, reason: 'QUERY_TIMEOUT' });
      const many = Array.from({ length: 90 }, () => failureOf(world.decisions({}, { deadlineMs: 2_500 })).then(({ reason }) => reason, (error: { code: number }) => `without an answer: ${error.code}`));
      expect((await world.decide(grant, 'read')).verdict).toBe('ALLOW');
      const ended = await Promise.all(many);
      // 4: the caller's own library was the quicker one.
      expect(ended.filter((reason) => !['TOO_MANY_QUERIES', 'QUERY_TIMEOUT', 'without an answer: 4'].includes(reason))).toEqual([]);
      expect(ended.filter((reason) => reason === 'TOO_MANY_QUERIES').length).toBeGreaterThan(0);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    expect((await world.decisions({ pageSize: 1 })).decisions).toHaveLength(1);
  });
});
