import type { Metadata } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import pg from 'pg';
import { bearer, msOf } from '#contracts';
import type { approval, decision } from '#contracts';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import type { Identity } from '#registry';
import { callId, DeciderFixture, failureOf } from '../decider.fixture.js';
import { ShiftingClock } from '../shifting-clock.fixture.js';

const RULE = '/tools/create_charge/approve_if/0';
const POLICY = {
  version: '1', default: 'deny',
  tools: {
    create_charge: {
      deny_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 10_000 }], on_deny: 'Too much.' }],
      approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 500 }], message: 'Charges over 500 need approval.', timeout: '5m' }],
      limits: [{ counter: 'spend', window: 'month', max: 20_000, increment_from: 'args.amount', scope: 'grant' }],
    },
    wire: { approve_if: [{ conditions: [], approvals: 2, timeout: '5m' }] },
  },
};

type Approval = approval.Approval__Output;
type Done<T> = (error: ServiceError | null, value?: T) => void;
type Client = approval.ApprovalServiceClient;

const clock = new ShiftingClock();
let postgres: ThrowawayPostgres;
let databaseUrl: string;
let decider: DeciderFixture;
let gateway: string;
let ann: string;
let bob: string;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  databaseUrl = await postgres.createDatabase();
  decider = await new DeciderFixture(databaseUrl, { log: clock.log(), runtime: clock.runtime }).start();
  gateway = decider.token('gateway');
  ann = await decider.credential('ann', ['APPROVER']);
  bob = await decider.credential('bob', ['APPROVER']);
}, 60_000);

afterAll(async () => {
  await decider.remove();
  await postgres.stop();
}, 60_000);

const call = <T>(make: (metadata: Metadata, done: Done<T>) => void, token: string): Promise<T> =>
  new Promise((resolve, reject) => make(bearer(token), (error, value) => (error ? reject(error) : resolve(value!))));
const client = (): Client => decider.approvals;

/** Without a deadline: gRPC would compute it with this machine's clock. A new call id each time. */
const charge = (grant: { id: string }, amount: number | string, more: decision.DecideRequest = {}, token = gateway) => call<decision.DecideResponse__Output>((metadata, done) =>
  decider.client.Decide({ callId: callId(clock.runtime.wallMs()), grant: grant.id, tool: 'create_charge', arguments: Buffer.from(`{"amount":${amount}}`), ...more }, metadata, done), token);
const get = (approvalId: string, token = ann) => call<approval.GetApprovalResponse__Output>((metadata, done) => client().GetApproval({ approvalId }, metadata, done), token).then(({ approval: found }) => found!);
const resolve = (approvalId: string, choice: 'APPROVE' | 'DENY' | 'WITHDRAW', token: string, comment = '') =>
  call<approval.ResolveApprovalResponse__Output>((metadata, done) => client().ResolveApproval({ approvalId, decision: choice, comment }, metadata, done), token);
const list = (request: approval.ListApprovalsRequest, token = ann) => call<approval.ListApprovalsResponse__Output>((metadata, done) => client().ListApprovals(request, metadata, done), token);
const wait = (approvalId: string, token = gateway) => call<approval.WaitApprovalResponse__Output>((metadata, done) => client().WaitApproval({ approvalId }, metadata, done), token).then(({ approval: found }) => found!);

async function opened(amount: number | string = 600, document: object = POLICY): Promise<{ grant: { id: string }; id: string }> {
  const grant = await decider.grant(document);
  const first = await charge(grant, amount);
  expect(first).toMatchObject({ verdict: 'APPROVAL_REQUIRED', rule: RULE, message: 'Charges over 500 need approval.' });
  expect(first.approvalId).toMatch(new RegExp(`^apr_${grant.id}_[0-9a-f]{24}$`));
  return { grant, id: first.approvalId };
}

describe('an approval', () => {
  it('is asked for once, lets one identical call pass once it is given, and no other', async () => {
    const { grant, id } = await opened();
    const again = await charge(grant, '600.0');
    expect(again).toMatchObject({ verdict: 'APPROVAL_REQUIRED', approvalId: id });
    expect(msOf(again.approvalExpiresAt!) - msOf(again.decidedAt!)).toBeLessThanOrEqual(300_000);
    const other = await charge(grant, 601);
    expect(other.verdict).toBe('APPROVAL_REQUIRED');
    expect(other.approvalId).not.toBe(id);

    const { approval: after, replayed, receipt } = await resolve(id, 'APPROVE', ann, 'checked');
    expect({ state: after!.state, replayed, topic: receipt!.topic }).toEqual({ state: 'APPROVED', replayed: false, topic: 'docket.decisions' });
    expect(receipt!.hash).toHaveLength(32);
    expect(await charge(grant, 602)).toMatchObject({ verdict: 'APPROVAL_REQUIRED' });
    const redeemed = await charge(grant, 600);
    expect(redeemed).toMatchObject({ verdict: 'ALLOW', approvalId: id });
    expect(redeemed.limits[0]).toMatchObject({ used: '600', window: 'month', sliding: false });
    expect(await get(id)).toMatchObject({ state: 'REDEEMED', redeemedByCallId: redeemed.callId, approvers: [{ subject: 'ann', comment: 'checked' }] });
    const next = await charge(grant, 600);
    expect(next.verdict).toBe('APPROVAL_REQUIRED');
    expect(next.approvalId).not.toBe(id);
    expect(await failureOf(resolve(id, 'APPROVE', bob))).toMatchObject({ code: 9, metadata: { state: 'redeemed' } });
  });

  it('shows an approver exactly what he approves, others that there is something, and the log nothing of it', async () => {
    const grant = await decider.grant(POLICY);
    const { approvalId: id } = await charge(grant, '9007199254740993e-12', { tool: 'wire', agent: 'billing', principal: 'kim', sessionId: 's-1' });
    const shown = await get(id);
    expect(shown.arguments.toString()).toBe('{"amount":9007.199254740993}');
    expect(shown).toMatchObject({
      argumentsShown: 'SHOWN', argumentKeys: ['amount'], state: 'PENDING', tool: 'wire', agent: 'billing', principal: 'kim', sessionId: 's-1', requestedBy: 'gateway', needed: 2, serverId: 'server-a',
    });
    for (const token of [gateway, decider.token('auditor')]) expect(await get(id, token)).toMatchObject({ argumentsShown: 'NOT_SHOWN', arguments: Buffer.alloc(0) });
    expect((await list({ grantId: grant.id })).approvals[0]).toMatchObject({ approvalId: id, argumentsShown: 'NOT_SHOWN' });
    await resolve(id, 'APPROVE', ann, 'looks-right');
    const line = decider.lines.map((text) => JSON.parse(text) as Record<string, unknown>).find((found) => found['approval'] === id);
    expect(line).toMatchObject({ decision: 'approve', state: 'pending', by: 'ann', approvers: 1, needed: 2, grant: grant.id, tool: 'wire', requestedBy: 'gateway' });
    expect(decider.lines.join('')).not.toMatch(/9007199254740993|9007\.19|looks-right/);
  });

  it('that is denied denies identical calls until it expires, also when it had been approved', async () => {
    const { grant, id } = await opened();
    await resolve(id, 'APPROVE', ann);
    expect((await resolve(id, 'DENY', bob, 'no')).approval).toMatchObject({ state: 'DENIED', deniedBy: { subject: 'bob', comment: 'no' } });
    expect(await charge(grant, 600)).toMatchObject({ verdict: 'DENY', rule: '(approval denied)', approvalId: id });
    expect(await failureOf(resolve(id, 'APPROVE', ann))).toMatchObject({ code: 9, reason: 'APPROVAL_ENDED', metadata: { state: 'denied' } });
    expect(await resolve(id, 'DENY', bob)).toMatchObject({ replayed: true, receipt: null });
  });

  it('is withdrawn by the gateway that may ask for it, and by nobody else', async () => {
    const { grant, id } = await opened();
    await decider.admin((registry, metadata, done) => registry.RegisterServer({ serverId: 'server-b' }, metadata, done));
    expect(await failureOf(resolve(id, 'WITHDRAW', await decider.credential('elsewhere', ['GATEWAY'], ['server-b'])))).toMatchObject({ code: 7, reason: 'SERVER_NOT_ALLOWED' });
    expect(await failureOf(resolve(id, 'WITHDRAW', ann))).toMatchObject({ code: 7, reason: 'ROLE_MISSING' });
    expect(await failureOf(resolve(id, 'APPROVE', gateway))).toMatchObject({ code: 7, reason: 'ROLE_MISSING' });
    expect((await resolve(id, 'WITHDRAW', gateway)).approval).toMatchObject({ state: 'WITHDRAWN', withdrawnBy: { subject: 'gateway' } });
    const next = await charge(grant, 600);
    expect(next).toMatchObject({ verdict: 'APPROVAL_REQUIRED' });
    expect(next.approvalId).not.toBe(id);
  });

  it('that needs two people takes two different ones', async () => {
    const grant = await decider.grant(POLICY);
    const { approvalId: id } = await charge(grant, 1, { tool: 'wire' });
    expect(await resolve(id, 'APPROVE', ann)).toMatchObject({ approval: { state: 'PENDING' }, replayed: false });
    expect(await resolve(id, 'APPROVE', ann)).toMatchObject({ approval: { state: 'PENDING' }, replayed: true });
    expect((await charge(grant, 1, { tool: 'wire' })).verdict).toBe('APPROVAL_REQUIRED');
    expect(await resolve(id, 'APPROVE', bob)).toMatchObject({ approval: { state: 'APPROVED', approvers: [{ subject: 'ann' }, { subject: 'bob' }] } });
    expect((await charge(grant, 1, { tool: 'wire' })).verdict).toBe('ALLOW');
  });

  it('is not given by whoever asks for it, nor by the one that the agent works for', async () => {
    const both = await decider.credential('carol', ['GATEWAY', 'APPROVER']);
    const grant = await decider.grant(POLICY);
    const asked = await charge(grant, 600, {}, both);
    expect(await failureOf(resolve(asked.approvalId, 'APPROVE', both))).toMatchObject({ code: 7, reason: 'OWN_REQUEST' });
    const forAnn = await charge(grant, 700, { principal: 'ann' });
    expect(await failureOf(resolve(forAnn.approvalId, 'APPROVE', ann))).toMatchObject({ code: 7, reason: 'OWN_REQUEST' });
    expect(await resolve(forAnn.approvalId, 'APPROVE', bob)).toMatchObject({ approval: { state: 'APPROVED' } });
  });

  it('expires: identical calls ask anew, and it is forgotten ten minutes later', async () => {
    const { grant, id } = await opened();
    clock.pass(5 * 60_000);
    expect(await get(id)).toMatchObject({ state: 'EXPIRED' });
    expect(await failureOf(resolve(id, 'APPROVE', ann))).toMatchObject({ code: 9, metadata: { state: 'expired' } });
    expect((await charge(grant, 600)).approvalId).not.toBe(id);
    clock.pass(10 * 60_000);
    expect(await failureOf(get(id))).toMatchObject({ code: 5, reason: 'APPROVAL_NOT_FOUND' });
    expect((await list({ grantId: grant.id })).approvals.map(({ approvalId }) => approvalId)).not.toContain(id);
  });

  it('does not outweigh a rule that denies since, and survives a limit that is used up', async () => {
    const grant = await decider.grant(POLICY);
    const ids = await Promise.all([9_000, 9_001, 9_002].map(async (amount) => (await charge(grant, amount)).approvalId));
    for (const id of ids) await resolve(id, 'APPROVE', ann);
    expect((await charge(grant, 9_000)).verdict).toBe('ALLOW');
    expect((await charge(grant, 9_001)).verdict).toBe('ALLOW');
    expect((await charge(grant, 9_002)).verdict).toBe('RATE_LIMITED');
    expect(await get(ids[2]!)).toMatchObject({ state: 'APPROVED' });
    expect(await charge(grant, 10_001)).toMatchObject({ verdict: 'DENY', message: 'Too much.' });
  });
});

describe('another organisation', () => {
  it('sees nothing of it: not the approval, not the grant, not the policy, not the decision', async () => {
    const { grant, id } = await opened();
    const stranger: Identity = { credential_id: '', subject: 'root', organisation: 'elsewhere', roles: ['admin'], server_ids: [] };
    const { registry } = decider.app;
    const { token } = await registry.issueCredential(stranger, 'eve', ['gateway', 'admin', 'approver', 'auditor'], []);
    expect(await failureOf(get(id, token))).toMatchObject({ code: 5 });
    for (const choice of ['APPROVE', 'DENY', 'WITHDRAW'] as const) expect(await failureOf(resolve(id, choice, token))).toMatchObject({ code: 5, reason: 'APPROVAL_NOT_FOUND' });
    expect(await failureOf(wait(id, token))).toMatchObject({ code: 5 });
    expect((await list({}, token)).approvals).toEqual([]);
    expect(await failureOf(charge(grant, 1, {}, token))).toMatchObject({ code: 16, reason: 'GRANT_INVALID' });
    expect(await failureOf(decider.admin((admin, _metadata, done) => admin.GetGrant({ grantId: grant.id }, bearer(token), done)))).toMatchObject({ code: 5 });
    expect(await decider.admin((admin, _metadata, done) => admin.ListPolicies({}, bearer(token), done))).toMatchObject({ policies: [] });

    await registry.registerServer(stranger, 'server-a', 'the same name');
    const theirs = await registry.issueGrant(stranger, { server_id: 'server-a', policy_id: '', label: '', expires_at_ms: null });
    expect(await charge({ id: theirs.grant.grant_id }, 1, {}, token)).toMatchObject({ verdict: 'DENY', rule: '(no policy)' });
    expect(await failureOf(charge({ id: theirs.grant.grant_id }, 1))).toMatchObject({ code: 16, reason: 'GRANT_INVALID' });
    expect(await get(id)).toMatchObject({ state: 'PENDING' });
  });
});

describe('a list', () => {
  it('comes page by page, oldest first, filtered by state, grant and server', async () => {
    const grant = await decider.grant(POLICY, 'server-c');
    const ids: string[] = [];
    for (const amount of [501, 502, 503, 504, 505]) {
      ids.push((await charge(grant, amount)).approvalId);
      clock.pass(5);
    }
    await resolve(ids[1]!, 'DENY', ann);
    const pages: string[][] = [];
    for (let pageToken = ''; pages.length === 0 || pageToken !== '';) {
      const page = await list({ serverId: 'server-c', state: 'PENDING', pageSize: 3, pageToken });
      pages.push(page.approvals.map(({ approvalId }) => approvalId));
      pageToken = page.nextPageToken;
    }
    expect(pages).toEqual([[ids[0], ids[2], ids[3]], [ids[4]]]);
    expect((await list({ grantId: grant.id })).approvals).toHaveLength(5);
    expect((await list({ grantId: grant.id, state: 'DENIED' }, decider.token('auditor'))).approvals.map(({ approvalId }) => approvalId)).toEqual([ids[1]]);
    expect(await failureOf(list({}, gateway))).toMatchObject({ code: 7, reason: 'ROLE_MISSING' });
    expect(await failureOf(list({ pageToken: '?', state: 9 as never }))).toMatchObject({ code: 3, violations: [{ field: 'state' }, { field: 'page_token' }] });
  });
});

describe('waiting', () => {
  /** A long poll that is open, and what it came to. */
  async function waiting(id: string): Promise<{ readonly answer: Promise<Approval> }> {
    const before = await gauge('docket_approvals_waiting');
    const answer = wait(id);
    while ((await gauge('docket_approvals_waiting')) <= before) await new Promise((done) => setTimeout(done, 5));
    // What it looked at first has been answered.
    await get(id);
    return { answer };
  }

  it.each([['APPROVE', 'APPROVED'], ['DENY', 'DENIED'], ['WITHDRAW', 'WITHDRAWN']] as const)('ends when somebody decides: %s', async (choice, state) => {
    const { id } = await opened();
    const answers = [wait(id), wait(id, ann)];
    await resolve(id, choice, choice === 'WITHDRAW' ? gateway : ann);
    for (const answer of answers) expect(await answer).toMatchObject({ approvalId: id, state });
    expect(await wait(id)).toMatchObject({ state });
  });

  it('ends when the approval expires', async () => {
    const { id } = await opened();
    clock.pass(4.5 * 60_000);
    const { answer } = await waiting(id);
    clock.pass(30_000);
    expect(await answer).toMatchObject({ state: 'EXPIRED' });
    expect(await wait(id)).toMatchObject({ state: 'EXPIRED' });
  });

  it('goes on while one of two has approved, and ends with the call’s time, still pending', async () => {
    const grant = await decider.grant(POLICY);
    const { approvalId: id } = await charge(grant, 1, { tool: 'wire' });
    const { answer } = await waiting(id);
    let isOver = false;
    void answer.finally(() => (isOver = true));
    await resolve(id, 'APPROVE', ann);
    await get(id);
    expect(isOver).toBe(false);
    clock.pass(60_000);
    expect(await answer).toMatchObject({ state: 'PENDING', approvers: [{ subject: 'ann' }] });
  });

  it('is given up when the caller has gone', async () => {
    const { id } = await opened();
    const before = await gauge('docket_approvals_waiting');
    const open = client().WaitApproval({ approvalId: id }, bearer(gateway), () => undefined);
    while ((await gauge('docket_approvals_waiting')) <= before) await new Promise((done) => setTimeout(done, 5));
    open.cancel();
    while ((await gauge('docket_approvals_waiting')) > before) await new Promise((done) => setTimeout(done, 5));
    expect(await get(id)).toMatchObject({ state: 'PENDING' });
  });
});

it('counts what becomes of approvals', async () => {
  const before = await Promise.all(['opened', 'redeemed', 'approve'].map((event) => gauge(`docket_approvals_total{event="${event}"}`)));
  const pending = await gauge('docket_approvals_pending');
  const { grant, id } = await opened();
  expect(await gauge('docket_approvals_pending')).toBe(pending + 1);
  await resolve(id, 'APPROVE', ann);
  await charge(grant, 600);
  const after = await Promise.all(['opened', 'redeemed', 'approve'].map((event) => gauge(`docket_approvals_total{event="${event}"}`)));
  expect(after).toEqual(before.map((count) => count + 1));
  expect(await gauge('docket_approvals_pending')).toBe(pending);
});

describe('observing', () => {
  it('allows, says what it would have said, charges as enforcing would, and opens nothing', async () => {
    const grant = await decider.grant(POLICY);
    const { policyId } = (await decider.admin<{ grant: { policyId: string } }>((registry, metadata, done) => registry.GetGrant({ grantId: grant.id }, metadata, done as never))).grant;
    await decider.admin((registry, metadata, done) => registry.AttachPolicy({ grantId: grant.id, policyId, mode: 'OBSERVE' }, metadata, done));
    expect(await charge(grant, 600)).toMatchObject({ verdict: 'ALLOW', wouldBe: 'APPROVAL_REQUIRED', rule: RULE, approvalId: '' });
    expect(await charge(grant, 10_001)).toMatchObject({ verdict: 'ALLOW', wouldBe: 'DENY' });
    const charged = await charge(grant, 5);
    expect(charged).toMatchObject({ verdict: 'ALLOW', wouldBe: 'ALLOW' });
    expect(charged.limits[0]).toMatchObject({ used: '5' });
    expect((await list({ grantId: grant.id })).approvals).toEqual([]);
    await decider.admin((registry, metadata, done) => registry.AttachPolicy({ grantId: grant.id, policyId, mode: 'ENFORCE' }, metadata, done));
    expect(await charge(grant, 600)).toMatchObject({ verdict: 'APPROVAL_REQUIRED', wouldBe: 'VERDICT_UNSPECIFIED' });
  });
});

describe('a dry run', () => {
  it('tells every step with its outcome and what decided it, and opens nothing', async () => {
    const grant = await decider.grant(POLICY);
    const tried = await charge(grant, 600, { dryRun: true });
    expect(tried).toMatchObject({ verdict: 'APPROVAL_REQUIRED', dryRun: true, receipt: null });
    expect(tried.steps.map(({ rule, outcome }) => [rule, outcome])).toEqual(expect.arrayContaining([
      ['/tools/create_charge', 'applies'], ['/tools/create_charge/deny_if/0', 'passes'], [RULE, 'asks'],
    ]));
    const quoted = await charge(grant, '"600"', { dryRun: true });
    expect(quoted.steps.at(-1)).toEqual({ rule: '/tools/create_charge/deny_if/0', outcome: 'denies', because: expect.stringContaining('args.amount') as string });
    expect(JSON.stringify(quoted)).not.toContain('600');
    expect((await list({ grantId: grant.id })).approvals).toEqual([]);
    expect((await charge(grant, 5)).limits[0]).toMatchObject({ used: '5' });
  });
});

it('a pending approval is still there after a restart; one whose grant’s key was erased says so, and open waits end cleanly', async () => {
  const { grant, id } = await opened('600.25');
  const { id: erasedId, grant: erased } = await opened(700);
  const ending = wait(id);
  const ended = failureOf(ending);
  while ((await gauge('docket_approvals_waiting')) === 0) await new Promise((done) => setTimeout(done, 5));
  expect(await decider.stop()).toBe(true);
  expect(await ended).toMatchObject({ code: 14, reason: 'STOPPING' });

  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  await database.query('UPDATE ledger.grant_key SET wrapped = NULL, kek_id = NULL, erased_at = now() WHERE grant_id = $1', [erased.id]);
  await database.end();
  await decider.start();
  expect((await get(id)).arguments.toString()).toBe('{"amount":600.25}');
  expect(await get(erasedId)).toMatchObject({ state: 'PENDING', argumentsShown: 'ERASED', arguments: Buffer.alloc(0) });
  await resolve(id, 'APPROVE', ann);
  expect(await charge(grant, '600.250')).toMatchObject({ verdict: 'ALLOW', approvalId: id });
}, 30_000);

async function gauge(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${decider.app.httpAddress.port}/metrics`, { headers: { connection: 'close' } })).text();
  const line = text.split('\n').find((found) => found.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}
