import { randomBytes } from 'node:crypto';
import type { ServiceError } from '@grpc/grpc-js';
import { bearer } from '#contracts';
import type { approval, decision, registry } from '#contracts';
import { createLogger, createMetrics, Secret } from '#platform';
import { consoleConfig } from '../../apps/console/src/config.js';
import { createApp, type ConsoleApp } from '../../apps/console/src/create-app.js';
import { callId, failureOf } from '../../apps/decider/src/decider.fixture.js';
import { QueryFixture } from '../../apps/decider/src/query/query.fixture.js';
import { Browser, readOn } from './browser.fixture.js';

const POLICY = {
  version: '1', default: 'deny',
  tools: {
    pay: { approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 500 }], message: 'Over 500 a person decides.', timeout: '2h' }], limits: [{ counter: 'spend', window: 'month', max: 1_000_000, increment_from: 'args.amount', scope: 'grant' }] },
    wire: { approve_if: [{ conditions: [], approvals: 2, timeout: '2h' }] },
    '*': { approve_if: [{ conditions: [], timeout: '2h' }] },
  },
};
const HOSTILE = '</code><script>alert(1)</script>"\' onload=x \u202egpj.exe\u200b';

let world: QueryFixture;
let app: ConsoleApp;
let grant: { id: string; token: string };
const lines: string[] = [];
const metrics = createMetrics();
const tokens = { ann: '', bob: '', all: '' };
let aheadMs = 0;

beforeAll(async () => {
  world = await QueryFixture.start();
  await world.project();
  const { decider } = world;
  tokens.ann = await decider.credential('ann', ['APPROVER']);
  tokens.bob = await decider.credential('bob', ['APPROVER']);
  tokens.all = await decider.credential('all', ['APPROVER', 'GATEWAY']);
  grant = await decider.grant(POLICY, 'shop');
  const tool = { name: 'pay', title: 'Pay', description: `Pays an invoice. ${HOSTILE}`, inputSchema: { type: 'object', properties: { amount: { type: 'number' }, to: { type: 'string' } } } };
  await decider.admin<registry.ReportToolsResponse__Output>((client, metadata, done) => client.ReportTools({ serverId: 'shop', definitions: [Buffer.from(JSON.stringify(tool))], trustFirst: true }, metadata, done as never));
  const logger = createLogger({ level: 'info', app: 'console', destination: { write: (line: string) => void lines.push(line) } });
  app = await createApp(consoleConfig({ CONSOLE_LISTEN: '127.0.0.1:0', DOCKET_ADDRESS: decider.address, NODE_NAME: 'spec' }), { logger, metrics, http: false, wallMs: () => Date.now() + aheadMs });
}, 300_000);

afterAll(async () => {
  await app?.stop();
  await world?.remove();
}, 300_000);

const browser = (keepsPrefixed?: boolean): Browser => new Browser(app.pageAddress.port, keepsPrefixed);

async function signedIn(credential: string): Promise<Browser> {
  const one = browser();
  expect((await one.signIn(credential)).status).toBe(303);
  return one;
}

/** A call as an agent's gateway makes it. */
function call(tool: string, args: object, more: decision.DecideRequest = {}, credential = world.decider.token('gateway')): Promise<decision.DecideResponse__Output> {
  return world.decider.decide({ callId: callId(), grant: grant.id, tool, arguments: Buffer.from(JSON.stringify(args)), agent: 'bot <b>', principal: 'someone@example.com', ...more }, { metadata: bearer(credential) });
}

async function held(tool: string, args: object, more: decision.DecideRequest = {}, credential?: string): Promise<string> {
  const answer = await call(tool, args, more, credential);
  expect(answer.verdict).toBe('APPROVAL_REQUIRED');
  return answer.approvalId;
}

/** Any arguments, so that no two calls are the same. */
const some = (): { to: string } => ({ to: randomBytes(6).toString('hex') });

function card(approvalId: string, credential: string): Promise<approval.GetApprovalCardResponse__Output> {
  return new Promise((resolve, reject) => world.decider.approvals.GetApprovalCard({ approvalId }, bearer(credential), (error: ServiceError | null, found?: approval.GetApprovalCardResponse__Output) => (error === null ? resolve(found!) : reject(error))));
}

/** Asks until the tables have come so far: they follow the log. */
async function until<T>(ask: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  for (const endMs = Date.now() + 120_000; ;) {
    const found = await ask();
    if (isSo(found)) return found;
    if (Date.now() > endMs) throw new Error(`it did not come to that: ${JSON.stringify(found).slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('an approval that is opened signed out leads to signing in and back; who signs in is the one the credential names', async () => {
  const id = await held('pay', { amount: 600, ...some() });
  const ann = browser();
  const away = await ann.get(`/approvals/${id}`);
  expect([away.status, away.headers['location']]).toEqual([303, `/sign-in?next=${encodeURIComponent(`/approvals/${id}`)}`]);
  expect(readOn(await ann.get(away.headers['location']!))).toContain('Your credential');
  const wrong = await ann.post('/sign-in', { credential: `dk_${'0'.repeat(16)}_${'A'.repeat(43)}` });
  expect([wrong.status, readOn(wrong)]).toEqual([403, expect.stringContaining('unknown, revoked or wrong')]);
  const gateway = await ann.post('/sign-in', { credential: world.decider.token('gateway') });
  expect([gateway.status, readOn(gateway)]).toEqual([403, expect.stringContaining('has the role gateway')]);
  expect([...ann.cookies.keys()].some((name) => name.includes('session'))).toBe(false);
  const back = await ann.post('/sign-in', { credential: tokens.ann });
  expect([back.status, back.headers['location']]).toEqual([303, `/approvals/${id}`]);
  const shown = await ann.get(back.headers['location']!);
  expect(shown.status).toBe(200);
  expect(readOn(shown)).toContain('Signed in as ann');
  expect((await ann.get('/sign-in?next=//example.com')).headers['location']).toBe('/');
});

test('the session’s cookie is for this host alone, out of scripts’ reach; every answer forbids frames, scripts from elsewhere and caches', async () => {
  const ann = browser();
  const signed = await ann.signIn(tokens.ann);
  const [prefixed, second, ...others] = signed.cookies;
  expect(others).toEqual([]);
  expect(prefixed).toMatch(/^__Host-docket_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  expect(second).toMatch(/^docket_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  // The browser has shown that it keeps the first one: the second one goes.
  expect((await ann.get('/')).cookies).toEqual(['docket_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0']);
  expect([...ann.cookies.keys()]).not.toContain('docket_session');
  const plain = browser(false);
  await plain.signIn(tokens.ann);
  for (const page of [await plain.get('/'), await ann.get('/'), await ann.get('/nowhere'), await ann.get('/', { host: 'example.com' }), await ann.post('/sign-out', {}, { origin: 'http://example.com' })]) {
    expect(page.headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin', 'cache-control': 'no-store' });
    expect(page.headers['content-security-policy']).toBe("default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
  }
  expect((await plain.get('/')).status).toBe(200);
  const files = [...(await ann.get('/')).body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  expect(files).toHaveLength(2);
  // Caches keep them for everybody: no browser's cookies are set, or ended, with them.
  const stale = browser();
  stale.cookies.set('__Host-docket_session', 'x'.repeat(43));
  for (const one of [ann, stale]) for (const file of files) expect(await one.get(file)).toMatchObject({ status: 200, cookies: [] });
  expect((await stale.get('/sign-in')).cookies[0]).toContain('Max-Age=0');
});

test('refuses forms of other pages, without their token, too large or of another kind, and names that are not its own; nothing is decided then', async () => {
  const id = await held('pay', { amount: 601, ...some() });
  const ann = await signedIn(tokens.ann);
  await ann.get(`/approvals/${id}`);
  const path = `/approvals/${id}/decision`;
  const fields = { decision: 'approve' };
  const statuses = [
    await ann.post(path, fields, { origin: 'http://example.com' }), await ann.post(path, fields, { origin: 'null' }), await ann.post(path, fields, { origin: undefined }),
    await ann.post(path, { ...fields, form_token: 'x' }), await ann.post(path, { ...fields, form_token: '' }), await ann.post(path, { ...fields, comment: 'c'.repeat(20_000) }),
    await ann.post(path, fields, { 'content-type': 'text/plain' }), await ann.post(path, fields, { host: 'console.example.com' }), await ann.get(path), await ann.post(path, { decision: 'maybe' }),
    await ann.post(path, { ...fields, comment: 'c'.repeat(300) }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([403, 403, 403, 403, 403, 413, 415, 421, 405, 400, 400]);
  // A form that was shown to somebody who was not signed in is no form of his session.
  const bob = browser();
  await bob.get('/sign-in');
  const stolen = await bob.post(path, fields);
  expect(stolen.headers['location'] ?? stolen.status).toBe('/sign-in?next=%2F');
  expect((await card(id, tokens.ann)).approval).toMatchObject({ state: 'PENDING', approvers: [], deniedBy: null });
});

test('a link signs in once, within a quarter of an hour, and not by being looked at', async () => {
  const link = new URL(app.signInLink(new Secret(tokens.ann))).pathname;
  const ann = browser();
  for (let look = 0; look < 3; look += 1) expect((await ann.get(link)).status).toBe(200);
  const signed = await ann.post('/sign-in/link', {});
  expect([signed.status, signed.headers['location']]).toEqual([303, '/']);
  expect(readOn(await ann.get('/'))).toContain('Signed in as ann');
  const thief = browser();
  const again = await thief.get(link);
  expect([again.status, readOn(again)]).toEqual([410, expect.stringContaining('used already')]);
  await thief.get('/sign-in');
  expect((await thief.post('/sign-in/link', { token: link.split('/').at(-1)! })).status).toBe(410);
  const late = new URL(app.signInLink(new Secret(tokens.ann))).pathname;
  await thief.get(late);
  aheadMs += 15 * 60_000;
  expect((await thief.post('/sign-in/link', {})).status).toBe(410);
  expect(lines.join('')).not.toContain(link.split('/').at(-1));
});

test('a session ends when it is idle, when it is old, when its person signs out, and when the credential is revoked; looking for news keeps none alive', async () => {
  const away = { status: 303, headers: expect.objectContaining({ location: expect.stringMatching(/^\/sign-in/) as string }) as object };
  const idle = await signedIn(tokens.ann);
  aheadMs += 29 * 60_000;
  expect((await idle.get('/', { 'x-docket-poll': '1' })).status).toBe(200);
  aheadMs += 60_000;
  expect(await idle.get('/')).toMatchObject(away);
  expect([...idle.cookies.keys()]).not.toContain('__Host-docket_session');
  const busy = await signedIn(tokens.ann);
  for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
    aheadMs += 20 * 60_000;
    expect((await busy.get('/assets/0000000000000000/none')).status).toBe(404);
  }
  expect((await busy.get('/')).status).toBe(200);
  aheadMs += 20 * 60_000;
  expect(await busy.get('/')).toMatchObject(away);
  const left = await signedIn(tokens.ann);
  const kept = new Map((await left.get('/'), left.cookies));
  expect(await left.post('/sign-out', {})).toMatchObject(away);
  for (const [name, value] of kept) left.cookies.set(name, value);
  expect(await left.get('/')).toMatchObject(away);
  const token = await world.decider.credential('eve', ['APPROVER']);
  const eve = await signedIn(token);
  await world.decider.admin<object>((client, metadata, done) => client.RevokeCredential({ credentialId: token.split('_')[1]! }, metadata, done as never));
  expect(await eve.get('/')).toMatchObject(away);
});

test('the card tells what the history has: amounts beside the usual, what changed since the last approved call, who decided; values of nobody else’s role', async () => {
  for (const amount of [20, 100, 300]) expect((await call('pay', { amount, to: 'usual' })).verdict).toBe('ALLOW');
  const before = await held('pay', { amount: 650, to: 'old', note: 'first' });
  const ann = await signedIn(tokens.ann);
  await ann.get(`/approvals/${before}`);
  expect((await ann.post(`/approvals/${before}/decision`, { decision: 'approve', comment: 'checked\nwith the customer' })).status).toBe(303);
  expect(readOn(await ann.get(`/approvals/${before}`))).toContain('Approved: the next identical call is let through once');
  expect((await call('pay', { amount: 650, to: 'old', note: 'first' })).verdict).toBe('ALLOW');
  const id = await held('pay', { amount: 1950, to: HOSTILE, items: [{ sku: 'x' }] });
  const found = await until(() => card(id, tokens.ann), ({ lastApproved, amounts }) => lastApproved?.approvalId === before && lastApproved.state === 'REDEEMED' && (amounts[0]?.calls ?? 0) >= 4);
  expect(found).toMatchObject({ historyMissing: '', serverName: 'shop', amounts: [{ argument: 'args.amount', counter: 'spend', smallest: '20', largest: '650' }], tool: { state: 'APPROVED', title: 'Pay', risk: { riskClass: 'FINANCIAL' } } });
  expect(JSON.parse(found.ruleDocument.toString())).toMatchObject({ message: 'Over 500 a person decides.' });
  expect(found.lastApproved!.arguments.toString()).toBe('{"amount":650,"note":"first","to":"old"}');
  const page = await ann.get(`/approvals/${id}`);
  const text = readOn(page);
  for (const part of ['bot <b>', 'someone@example.com', grant.id, 'financial', 'Over 500 a person decides.', '/tools/pay/approve_if/0', '3 times the largest', '20 to 650', 'was not there', 'not there now', 'checked with the customer', 'approved and used', 'The call is refused, as if it had been denied', '⟨U+202E⟩', '⟨U+200B⟩']) expect(text).toContain(part);
  expect(page.body).not.toMatch(/<script>|onload=x "|[\u200b\u202e]/);
  // Who only audits reads all but the values, and decides nothing.
  const auditor = await card(id, world.decider.token('auditor'));
  expect([auditor.approval, ...auditor.likeIt, auditor.lastApproved!].map((one) => [one!.argumentsShown, one!.arguments.length])).toEqual(Array.from({ length: auditor.likeIt.length + 2 }, () => ['NOT_SHOWN', 0]));
  expect(await failureOf(card(id, world.decider.token('gateway')))).toMatchObject({ reason: 'ROLE_MISSING' });
  const reader = await signedIn(world.decider.token('auditor'));
  const read = await reader.get(`/approvals/${id}`);
  expect(readOn(read)).toContain('Deciding takes the role approver');
  const refused = await reader.post(`/approvals/${id}/decision`, { decision: 'approve' });
  expect([refused.status, readOn(refused)]).toEqual([403, expect.stringContaining('does not have the role approver')]);
});

test('arguments of a mebibyte are shortened on the card, and shown whole as text that nothing runs', async () => {
  const id = await held('pay', { amount: 700, to: `${HOSTILE}${'x'.repeat(1_000_000)}end` });
  const ann = await signedIn(tokens.ann);
  const page = await ann.get(`/approvals/${id}`);
  expect(page.body.length).toBeLessThan(100_000);
  const whole = await ann.get(/href="(\/approvals\/[^"]+\/arguments)"/.exec(page.body)![1]!);
  expect(whole.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(whole.body).toContain('xend');
  expect(whole.body).toContain('⟨U+202E⟩');
  expect(whole.body).not.toMatch(/[\u200b\u202e]/);
});

test('two people approve a call that needs two; the list says who waits; then it is let through once', async () => {
  const args = some();
  const id = await held('wire', args);
  const [ann, bob] = [await signedIn(tokens.ann), await signedIn(tokens.bob)];
  const list = readOn(await ann.get('/'));
  for (const part of ['wire', 'on shop', 'bot <b>', '0 of 2 have approved', 'left']) expect(list).toContain(part);
  await ann.get(`/approvals/${id}`);
  await ann.post(`/approvals/${id}/decision`, { decision: 'approve' });
  expect(readOn(await ann.get(`/approvals/${id}`))).toMatch(/You have approved this call\. 1 more must approve.*ann approved/s);
  expect((await call('wire', args)).verdict).toBe('APPROVAL_REQUIRED');
  expect(readOn(await bob.get(`/approvals/${id}`))).toContain('ann approved');
  await bob.post(`/approvals/${id}/decision`, { decision: 'approve', comment: 'fine' });
  expect(readOn(await bob.get('/'))).toContain('Approved, not used yet');
  expect((await call('wire', args)).verdict).toBe('ALLOW');
  expect((await call('wire', args)).verdict).toBe('APPROVAL_REQUIRED');
  await bob.get(`/approvals/${id}`);
  const late = await bob.post(`/approvals/${id}/decision`, { decision: 'deny' });
  expect([late.status, readOn(late)]).toEqual([409, expect.stringContaining('the call has been let through')]);
});

test('a denial is enough, beats approvals, and reaches the agent; who asks cannot approve and may deny', async () => {
  const args = some();
  const id = await held('wire', args);
  const [ann, bob] = [await signedIn(tokens.ann), await signedIn(tokens.bob)];
  await ann.get(`/approvals/${id}`);
  await ann.post(`/approvals/${id}/decision`, { decision: 'approve' });
  await bob.get(`/approvals/${id}`);
  await bob.post(`/approvals/${id}/decision`, { decision: 'deny', comment: 'not today' });
  expect(readOn(await bob.get(`/approvals/${id}`))).toMatch(/Denied: identical calls are refused.*bob denied.*not today/s);
  expect(await call('wire', args)).toMatchObject({ verdict: 'DENY', rule: '(approval denied)' });

  const own = await held('wire', some(), {}, tokens.all);
  const all = await signedIn(tokens.all);
  expect(readOn(await all.get(`/approvals/${own}`))).toContain('somebody else must approve it');
  const refused = await all.post(`/approvals/${own}/decision`, { decision: 'approve', comment: 'please' });
  expect([refused.status, readOn(refused)]).toEqual([403, expect.stringContaining('whoever asks cannot approve')]);
  expect(refused.body).toContain('please</textarea>');
  expect((await all.post(`/approvals/${own}/decision`, { decision: 'deny' })).status).toBe(303);
  expect((await card(own, tokens.ann)).approval).toMatchObject({ state: 'DENIED', deniedBy: { subject: 'all' } });
  expect((await ann.get(`/approvals/apr_${grant.id}_${'0'.repeat(24)}`)).status).toBe(404);
});

test('neither the log nor the metrics tell a credential, a session, an argument or a reason', async () => {
  const told = `${lines.join('')}${await metrics.metrics()}`;
  expect(lines.length).toBeGreaterThan(50);
  expect(told).toMatch(/docket_console_decisions_total\{decision="approve",outcome="OWN_REQUEST"\} 1/);
  expect(told).toMatch(/docket_console_sign_ins_total\{by="link",outcome="signed_in"\} 1/);
  for (const secret of [...Object.values(tokens).map((token) => token.slice(token.indexOf('_', 3) + 1)), 'not today', 'with the customer', 'gpj.exe', 'someone@example.com', grant.id]) expect(told).not.toContain(secret);
});
