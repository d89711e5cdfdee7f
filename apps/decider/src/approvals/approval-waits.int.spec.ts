import pg from 'pg';
import { bearer } from '#contracts';
import type { approval } from '#contracts';
import { failureOf } from '../decider.fixture.js';
import { ApprovalsFixture, POLICY } from './approvals.fixture.js';

type Approval = approval.Approval__Output;

let world: ApprovalsFixture;
beforeAll(async () => { world = await ApprovalsFixture.start(); }, 300_000);
afterAll(() => world.remove(), 300_000);

describe('a list', () => {
  it('comes page by page, oldest first, filtered by state, grant and server', async () => {
    const grant = await world.decider.grant(POLICY, 'server-c');
    const ids: string[] = [];
    for (const amount of [501, 502, 503, 504, 505]) {
      ids.push((await world.charge(grant, amount)).approvalId);
      world.clock.pass(5);
    }
    await world.resolve(ids[1]!, 'DENY', world.ann);
    const pages: string[][] = [];
    for (let pageToken = ''; pages.length === 0 || pageToken !== '';) {
      const page = await world.list({ serverId: 'server-c', state: 'PENDING', pageSize: 3, pageToken });
      pages.push(page.approvals.map(({ approvalId }) => approvalId));
      pageToken = page.nextPageToken;
    }
    expect(pages).toEqual([[ids[0], ids[2], ids[3]], [ids[4]]]);
    expect((await world.list({ grantId: grant.id })).approvals).toHaveLength(5);
    expect((await world.list({ grantId: grant.id, state: 'DENIED' }, world.decider.token('auditor'))).approvals.map(({ approvalId }) => approvalId)).toEqual([ids[1]]);
    expect(await failureOf(world.list({}, world.gateway))).toMatchObject({ code: 7, reason: 'ROLE_MISSING' });
    expect(await failureOf(world.list({ pageToken: '?', state: 9 as never }))).toMatchObject({ code: 3, violations: [{ field: 'state' }, { field: 'page_token' }] });
  });
});

describe('waiting', () => {
  /** A long poll that is open, and what it came to. */
  async function waiting(id: string): Promise<{ readonly answer: Promise<Approval> }> {
    const before = await world.gauge('docket_approvals_waiting');
    const answer = world.wait(id);
    while ((await world.gauge('docket_approvals_waiting')) <= before) await new Promise((done) => setTimeout(done, 5));
    // What it looked at first has been answered.
    await world.get(id);
    return { answer };
  }

  it.each([['APPROVE', 'APPROVED'], ['DENY', 'DENIED'], ['WITHDRAW', 'WITHDRAWN']] as const)('ends when somebody decides: %s', async (choice, state) => {
    const { id } = await world.opened();
    const answers = [world.wait(id), world.wait(id, world.ann)];
    await world.resolve(id, choice, choice === 'WITHDRAW' ? world.gateway : world.ann);
    for (const answer of answers) expect(await answer).toMatchObject({ approvalId: id, state });
    expect(await world.wait(id)).toMatchObject({ state });
  });

  it('ends when the approval expires', async () => {
    const { id } = await world.opened();
    world.clock.pass(4.5 * 60_000);
    const { answer } = await waiting(id);
    world.clock.pass(30_000);
    expect(await answer).toMatchObject({ state: 'EXPIRED' });
    expect(await world.wait(id)).toMatchObject({ state: 'EXPIRED' });
  });

  it('goes on while one of two has approved, and ends with the call’s time, still pending', async () => {
    const grant = await world.decider.grant(POLICY);
    const { approvalId: id } = await world.charge(grant, 1, { tool: 'wire' });
    const { answer } = await waiting(id);
    let isOver = false;
    void answer.finally(() => (isOver = true));
    await world.resolve(id, 'APPROVE', world.ann);
    await world.get(id);
    expect(isOver).toBe(false);
    world.clock.pass(60_000);
    expect(await answer).toMatchObject({ state: 'PENDING', approvers: [{ subject: 'ann' }] });
  });

  it('shows nothing to somebody whose credential has been revoked meanwhile', async () => {
    const { id } = await world.opened();
    const dan = await world.decider.credential('dan', ['APPROVER']);
    const before = await world.gauge('docket_approvals_waiting');
    const ended = failureOf(world.wait(id, dan));
    while ((await world.gauge('docket_approvals_waiting')) <= before) await new Promise((done) => setTimeout(done, 5));
    await world.decider.admin((registry, metadata, done) => registry.RevokeCredential({ credentialId: dan.split('_')[1]! }, metadata, done));
    await world.resolve(id, 'APPROVE', world.ann);
    expect(await ended).toMatchObject({ code: 16, reason: 'CREDENTIAL_INVALID' });
  });

  it('is given up when the caller has gone', async () => {
    const { id } = await world.opened();
    const before = await world.gauge('docket_approvals_waiting');
    const open = world.client().WaitApproval({ approvalId: id }, bearer(world.gateway), () => undefined);
    while ((await world.gauge('docket_approvals_waiting')) <= before) await new Promise((done) => setTimeout(done, 5));
    open.cancel();
    while ((await world.gauge('docket_approvals_waiting')) > before) await new Promise((done) => setTimeout(done, 5));
    expect(await world.get(id)).toMatchObject({ state: 'PENDING' });
  });
});

it('counts what becomes of approvals', async () => {
  const before = await Promise.all(['opened', 'redeemed', 'approve'].map((event) => world.gauge(`docket_approvals_total{event="${event}"}`)));
  const pending = await world.gauge('docket_approvals_pending');
  const { grant, id } = await world.opened();
  expect(await world.gauge('docket_approvals_pending')).toBe(pending + 1);
  await world.resolve(id, 'APPROVE', world.ann);
  await world.charge(grant, 600);
  const after = await Promise.all(['opened', 'redeemed', 'approve'].map((event) => world.gauge(`docket_approvals_total{event="${event}"}`)));
  expect(after).toEqual(before.map((count) => count + 1));
  expect(await world.gauge('docket_approvals_pending')).toBe(pending);
});

it('a pending approval is still there after a restart; one whose grant’s key was erased says so, and open waits end cleanly', async () => {
  const { grant, id } = await world.opened('600.25');
  const { id: erasedId, grant: erased } = await world.opened(700);
  const ending = world.wait(id);
  const ended = failureOf(ending);
  while ((await world.gauge('docket_approvals_waiting')) === 0) await new Promise((done) => setTimeout(done, 5));
  expect(await world.decider.stop()).toBe(true);
  expect(await ended).toMatchObject({ code: 14, reason: 'STOPPING' });

  const database = new pg.Client({ connectionString: world.databaseUrl });
  await database.connect();
  await database.query('UPDATE ledger.grant_key SET wrapped = NULL, kek_id = NULL, erased_at = now() WHERE grant_id = $1', [erased.id]);
  await database.end();
  await world.decider.start();
  expect((await world.get(id)).arguments.toString()).toBe('{"amount":600.25}');
  expect(await world.get(erasedId)).toMatchObject({ state: 'PENDING', argumentsShown: 'ERASED', arguments: Buffer.alloc(0) });
  await world.resolve(id, 'APPROVE', world.ann);
  expect(await world.charge(grant, '600.250')).toMatchObject({ verdict: 'ALLOW', approvalId: id });
}, 300_000);
