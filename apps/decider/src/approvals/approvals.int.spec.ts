import { bearer, msOf } from '#contracts';
import type { Identity } from '#registry';
import { failureOf } from '../decider.fixture.js';
import { ApprovalsFixture, POLICY, RULE } from './approvals.fixture.js';

let world: ApprovalsFixture;
beforeAll(async () => { world = await ApprovalsFixture.start(); }, 300_000);
afterAll(() => world.remove(), 300_000);

describe('an approval', () => {
  it('is asked for once, lets one identical call pass once it is given, and no other', async () => {
    const { grant, id } = await world.opened();
    const again = await world.charge(grant, '600.0');
    expect(again).toMatchObject({ verdict: 'APPROVAL_REQUIRED', approvalId: id });
    expect(msOf(again.approvalExpiresAt!) - msOf(again.decidedAt!)).toBeLessThanOrEqual(300_000);
    const other = await world.charge(grant, 601);
    expect(other.verdict).toBe('APPROVAL_REQUIRED');
    expect(other.approvalId).not.toBe(id);

    const { approval: after, replayed, receipt } = await world.resolve(id, 'APPROVE', world.ann, 'checked');
    expect({ state: after!.state, replayed, topic: receipt!.topic }).toEqual({ state: 'APPROVED', replayed: false, topic: 'docket.decisions' });
    expect(receipt!.hash).toHaveLength(32);
    expect(await world.charge(grant, 602)).toMatchObject({ verdict: 'APPROVAL_REQUIRED' });
    const redeemed = await world.charge(grant, 600);
    expect(redeemed).toMatchObject({ verdict: 'ALLOW', approvalId: id });
    expect(redeemed.limits[0]).toMatchObject({ used: '600', window: 'month', sliding: false });
    expect(await world.get(id)).toMatchObject({ state: 'REDEEMED', redeemedByCallId: redeemed.callId, approvers: [{ subject: 'ann', comment: 'checked' }] });
    const next = await world.charge(grant, 600);
    expect(next.verdict).toBe('APPROVAL_REQUIRED');
    expect(next.approvalId).not.toBe(id);
    expect(await failureOf(world.resolve(id, 'APPROVE', world.bob))).toMatchObject({ code: 9, metadata: { state: 'redeemed' } });
  });

  it('is redeemed by one of many identical calls at once, and the others ask together for the next', async () => {
    const { grant, id } = await world.opened();
    await Promise.all([world.resolve(id, 'APPROVE', world.ann), world.resolve(id, 'APPROVE', world.ann)]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.charge(grant, 600)));
    expect(answers.filter(({ verdict }) => verdict === 'ALLOW').map(({ approvalId }) => approvalId)).toEqual([id]);
    const others = answers.filter(({ verdict }) => verdict === 'APPROVAL_REQUIRED');
    expect(others).toHaveLength(19);
    expect(new Set(others.map(({ approvalId }) => approvalId)).size).toBe(1);
    expect(others[0]!.approvalId).not.toBe(id);
  });

  it('shows an approver exactly what he approves, others that there is something, and the log nothing of it', async () => {
    const grant = await world.decider.grant(POLICY);
    const { approvalId: id } = await world.charge(grant, '9007199254740993e-12', { tool: 'wire', agent: 'billing', principal: 'kim', sessionId: 's-1' });
    const shown = await world.get(id);
    expect(shown.arguments.toString()).toBe('{"amount":9007.199254740993}');
    expect(shown).toMatchObject({
      argumentsShown: 'SHOWN', argumentKeys: ['amount'], state: 'PENDING', tool: 'wire', agent: 'billing', principal: 'kim', sessionId: 's-1', requestedBy: 'gateway', needed: 2, serverId: 'server-a',
    });
    for (const token of [world.gateway, world.decider.token('auditor')]) expect(await world.get(id, token)).toMatchObject({ argumentsShown: 'NOT_SHOWN', arguments: Buffer.alloc(0) });
    expect((await world.list({ grantId: grant.id })).approvals[0]).toMatchObject({ approvalId: id, argumentsShown: 'NOT_SHOWN' });
    await world.resolve(id, 'APPROVE', world.ann, 'looks-right');
    const lines = world.decider.lines.map((text) => JSON.parse(text) as Record<string, unknown>).filter((found) => found['approval'] === id);
    expect(lines.map(({ msg, by }) => [msg, by])).toEqual([['decided', 'gateway'], ['approval arguments shown', 'ann'], ['approval resolved', 'ann']]);
    expect(lines[2]).toMatchObject({ decision: 'approve', state: 'pending', by: 'ann', approvers: 1, needed: 2, grant: grant.id, tool: 'wire', requestedBy: 'gateway' });
    expect(world.decider.lines.join('')).not.toMatch(/9007199254740993|9007\.19|looks-right/);
  });

  it('that is denied denies identical calls until it expires, also when it had been approved', async () => {
    const { grant, id } = await world.opened();
    await world.resolve(id, 'APPROVE', world.ann);
    expect((await world.resolve(id, 'DENY', world.bob, 'no')).approval).toMatchObject({ state: 'DENIED', deniedBy: { subject: 'bob', comment: 'no' } });
    expect(await world.charge(grant, 600)).toMatchObject({ verdict: 'DENY', rule: '(approval denied)', approvalId: id });
    expect(await failureOf(world.resolve(id, 'APPROVE', world.ann))).toMatchObject({ code: 9, reason: 'APPROVAL_ENDED', metadata: { state: 'denied' } });
    expect(await world.resolve(id, 'DENY', world.bob)).toMatchObject({ replayed: true, receipt: null });
  });

  it('is withdrawn by the gateway that may ask for it, and by nobody else', async () => {
    const { grant, id } = await world.opened();
    await world.decider.admin((registry, metadata, done) => registry.RegisterServer({ serverId: 'server-b' }, metadata, done));
    expect(await failureOf(world.resolve(id, 'WITHDRAW', await world.decider.credential('elsewhere', ['GATEWAY'], ['server-b'])))).toMatchObject({ code: 7, reason: 'SERVER_NOT_ALLOWED' });
    expect(await failureOf(world.resolve(id, 'WITHDRAW', world.ann))).toMatchObject({ code: 7, reason: 'ROLE_MISSING' });
    expect(await failureOf(world.resolve(id, 'APPROVE', world.gateway))).toMatchObject({ code: 7, reason: 'ROLE_MISSING' });
    expect((await world.resolve(id, 'WITHDRAW', world.gateway)).approval).toMatchObject({ state: 'WITHDRAWN', withdrawnBy: { subject: 'gateway' } });
    const next = await world.charge(grant, 600);
    expect(next).toMatchObject({ verdict: 'APPROVAL_REQUIRED' });
    expect(next.approvalId).not.toBe(id);
  });

  it('that needs two people takes two different ones', async () => {
    const grant = await world.decider.grant(POLICY);
    const { approvalId: id } = await world.charge(grant, 1, { tool: 'wire' });
    expect(await world.resolve(id, 'APPROVE', world.ann)).toMatchObject({ approval: { state: 'PENDING' }, replayed: false });
    expect(await world.resolve(id, 'APPROVE', world.ann)).toMatchObject({ approval: { state: 'PENDING' }, replayed: true });
    expect((await world.charge(grant, 1, { tool: 'wire' })).verdict).toBe('APPROVAL_REQUIRED');
    expect(await world.resolve(id, 'APPROVE', world.bob)).toMatchObject({ approval: { state: 'APPROVED', approvers: [{ subject: 'ann' }, { subject: 'bob' }] } });
    expect((await world.charge(grant, 1, { tool: 'wire' })).verdict).toBe('ALLOW');
  });

  it('is not given by whoever asks for it, nor by the one that the agent works for', async () => {
    const both = await world.decider.credential('carol', ['GATEWAY', 'APPROVER']);
    const grant = await world.decider.grant(POLICY);
    const asked = await world.charge(grant, 600, {}, both);
    expect(await failureOf(world.resolve(asked.approvalId, 'APPROVE', both))).toMatchObject({ code: 7, reason: 'OWN_REQUEST' });
    const forAnn = await world.charge(grant, 700, { principal: 'ann' });
    expect(await failureOf(world.resolve(forAnn.approvalId, 'APPROVE', world.ann))).toMatchObject({ code: 7, reason: 'OWN_REQUEST' });
    expect(await world.resolve(forAnn.approvalId, 'APPROVE', world.bob)).toMatchObject({ approval: { state: 'APPROVED' } });
  });

  it('expires: identical calls ask anew, and it is forgotten ten minutes later', async () => {
    const { grant, id } = await world.opened();
    world.clock.pass(5 * 60_000);
    expect(await world.get(id)).toMatchObject({ state: 'EXPIRED' });
    expect(await failureOf(world.resolve(id, 'APPROVE', world.ann))).toMatchObject({ code: 9, metadata: { state: 'expired' } });
    expect((await world.charge(grant, 600)).approvalId).not.toBe(id);
    world.clock.pass(10 * 60_000);
    expect(await failureOf(world.get(id))).toMatchObject({ code: 5, reason: 'APPROVAL_NOT_FOUND' });
    expect((await world.list({ grantId: grant.id })).approvals.map(({ approvalId }) => approvalId)).not.toContain(id);
  });

  it('does not outweigh a rule that denies since, and survives a limit that is used up', async () => {
    const grant = await world.decider.grant(POLICY);
    const ids = await Promise.all([9_000, 9_001, 9_002].map(async (amount) => (await world.charge(grant, amount)).approvalId));
    for (const id of ids) await world.resolve(id, 'APPROVE', world.ann);
    expect((await world.charge(grant, 9_000)).verdict).toBe('ALLOW');
    expect((await world.charge(grant, 9_001)).verdict).toBe('ALLOW');
    expect((await world.charge(grant, 9_002)).verdict).toBe('RATE_LIMITED');
    expect(await world.get(ids[2]!)).toMatchObject({ state: 'APPROVED' });
    expect(await world.charge(grant, 10_001)).toMatchObject({ verdict: 'DENY', message: 'Too much.' });
  });
});

describe('another organisation', () => {
  it('sees nothing of it: not the approval, not the grant, not the policy, not the decision', async () => {
    const { grant, id } = await world.opened();
    const stranger: Identity = { credential_id: '', subject: 'root', organisation: 'elsewhere', roles: ['admin'], server_ids: [] };
    const { registry } = world.decider.app;
    const { token } = await registry.issueCredential(stranger, 'eve', ['gateway', 'admin', 'approver', 'auditor'], []);
    expect(await failureOf(world.get(id, token))).toMatchObject({ code: 5 });
    for (const choice of ['APPROVE', 'DENY', 'WITHDRAW'] as const) expect(await failureOf(world.resolve(id, choice, token))).toMatchObject({ code: 5, reason: 'APPROVAL_NOT_FOUND' });
    expect(await failureOf(world.wait(id, token))).toMatchObject({ code: 5 });
    expect((await world.list({}, token)).approvals).toEqual([]);
    expect(await failureOf(world.charge(grant, 1, {}, token))).toMatchObject({ code: 16, reason: 'GRANT_INVALID' });
    expect(await failureOf(world.decider.admin((admin, _metadata, done) => admin.GetGrant({ grantId: grant.id }, bearer(token), done)))).toMatchObject({ code: 5 });
    expect(await world.decider.admin((admin, _metadata, done) => admin.ListPolicies({}, bearer(token), done))).toMatchObject({ policies: [] });

    await registry.registerServer(stranger, 'server-a', 'the same name');
    const theirs = await registry.issueGrant(stranger, { server_id: 'server-a', policy_id: '', label: '', expires_at_ms: null });
    expect(await world.charge({ id: theirs.grant.grant_id }, 1, {}, token)).toMatchObject({ verdict: 'DENY', rule: '(no policy)' });
    expect(await failureOf(world.charge({ id: theirs.grant.grant_id }, 1))).toMatchObject({ code: 16, reason: 'GRANT_INVALID' });
    expect(await world.get(id)).toMatchObject({ state: 'PENDING' });
  });
});

describe('observing', () => {
  it('allows, says what it would have said, charges as enforcing would, and opens nothing', async () => {
    const grant = await world.decider.grant(POLICY);
    const { policyId } = (await world.decider.admin<{ grant: { policyId: string } }>((registry, metadata, done) => registry.GetGrant({ grantId: grant.id }, metadata, done as never))).grant;
    await world.decider.admin((registry, metadata, done) => registry.AttachPolicy({ grantId: grant.id, policyId, mode: 'OBSERVE' }, metadata, done));
    expect(await world.charge(grant, 600)).toMatchObject({ verdict: 'ALLOW', wouldBe: 'APPROVAL_REQUIRED', rule: RULE, approvalId: '' });
    expect(await world.charge(grant, 10_001)).toMatchObject({ verdict: 'ALLOW', wouldBe: 'DENY' });
    const charged = await world.charge(grant, 5);
    expect(charged).toMatchObject({ verdict: 'ALLOW', wouldBe: 'ALLOW' });
    expect(charged.limits[0]).toMatchObject({ used: '5' });
    expect((await world.list({ grantId: grant.id })).approvals).toEqual([]);
    expect(await world.gauge('docket_would_be_total{verdict="DENY"}')).toBe(1);
    const lines = world.decider.lines.map((text) => JSON.parse(text) as Record<string, unknown>).filter((found) => found['grant'] === grant.id && found['msg'] === 'decided');
    expect(lines.map(({ verdict, wouldBe }) => [verdict, wouldBe])).toEqual([['ALLOW', 'APPROVAL_REQUIRED'], ['ALLOW', 'DENY'], ['ALLOW', 'ALLOW']]);
    await world.decider.admin((registry, metadata, done) => registry.AttachPolicy({ grantId: grant.id, policyId, mode: 'ENFORCE' }, metadata, done));
    expect(await world.charge(grant, 600)).toMatchObject({ verdict: 'APPROVAL_REQUIRED', wouldBe: 'VERDICT_UNSPECIFIED' });
  });
});

describe('a dry run', () => {
  it('tells every step with its outcome and what decided it, and opens nothing', async () => {
    const grant = await world.decider.grant(POLICY);
    const tried = await world.charge(grant, 600, { dryRun: true });
    expect(tried).toMatchObject({ verdict: 'APPROVAL_REQUIRED', dryRun: true, receipt: null });
    expect(tried.steps.map(({ rule, outcome }) => [rule, outcome])).toEqual(expect.arrayContaining([
      ['/tools/create_charge', 'applies'], ['/tools/create_charge/deny_if/0', 'passes'], [RULE, 'asks'],
    ]));
    const quoted = await world.charge(grant, '"600"', { dryRun: true });
    expect(quoted.steps.at(-1)).toEqual({ rule: '/tools/create_charge/deny_if/0', outcome: 'denies', because: expect.stringContaining('args.amount') as string });
    expect(JSON.stringify(quoted)).not.toContain('600');
    expect((await world.list({ grantId: grant.id })).approvals).toEqual([]);
    expect((await world.charge(grant, 5)).limits[0]).toMatchObject({ used: '5' });
  });
});
