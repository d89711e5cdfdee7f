import { CANARY, FakePartner, MINT_PATH, ORDERS_PATH, type Knobs } from './index.js';

let nowMs: number;
let fake: FakePartner;

beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  fake = await FakePartner.start({ now: () => nowMs });
});

afterEach(() => fake.stop());

function mint({ secret = fake.apiSecret, key = fake.apiKey, headers = {}, signal = undefined as AbortSignal | undefined } = {}): Promise<Response> {
  return fetch(fake.baseUrl + MINT_PATH, {
    method: 'POST', headers: { 'api-secret': secret, 'content-type': 'application/json', ...headers }, body: JSON.stringify({ apiKey: key }), redirect: 'manual',
    ...(signal && { signal }),
  });
}

async function token(): Promise<string> {
  return ((await (await mint()).json()) as { data: { accessToken: string } }).data.accessToken;
}

const call = (value: string): Promise<Response> => fetch(fake.baseUrl + ORDERS_PATH, { headers: { 'access-token': value } });
const statusOf = async (value: string): Promise<number> => (await call(value)).status;

test('mints for the right secret and key, and its token opens the order endpoint until its end', async () => {
  fake.turn({ lifetimeMs: 60_000 });
  const response = await mint();
  const body = (await response.json()) as { data: { accessToken: string; expiresAt: number } };
  expect(body).toEqual({ data: { accessToken: expect.stringMatching(`^${CANARY}token-`), expiresAt: nowMs / 1_000 + 60 } });
  expect(response.headers.get('date')).toBe(new Date(nowMs).toUTCString());
  expect(await statusOf(body.data.accessToken)).toBe(200);
  nowMs += 60_000;
  expect(await statusOf(body.data.accessToken)).toBe(401);
});

test('refuses a wrong or missing secret and another key', async () => {
  expect((await mint({ secret: 'wrong' })).status).toBe(401);
  expect((await mint({ secret: '' })).status).toBe(401);
  expect((await mint({ key: 'another' })).status).toBe(401);
  expect(await statusOf('made-up')).toBe(401);
  expect(fake.requests.entries.map(({ credential }) => credential)).toEqual(['wrong', 'missing', 'wrong', 'wrong']);
});

test('a mint ends older tokens, or leaves them, as told', async () => {
  const [first, second] = [await token(), await token()];
  expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
  fake.turn({ mintKillsOlder: false });
  const third = await token();
  expect([await statusOf(second), await statusOf(third)]).toEqual([200, 200]);
  fake.revokeAll();
  expect([await statusOf(second), await statusOf(third)]).toEqual([401, 401]);
});

test.each<[Knobs['expiresAt'], unknown]>([
  ['seconds', 1_700_000_600], ['milliseconds', 1_700_000_600_000], ['iso', '2023-11-14T22:23:20.000Z'], ['missing', undefined], ['past', 1_699_999_940], ['text', 'in a while'],
])('tells the end of a token as %s, with and without the wrapper', async (expiresAt, expected) => {
  fake.turn({ expiresAt, lifetimeMs: 600_000 });
  expect(((await (await mint()).json()) as { data: { expiresAt?: unknown } }).data.expiresAt).toEqual(expected);
  fake.turn({ dataWrapper: false });
  expect(((await (await mint()).json()) as { expiresAt?: unknown }).expiresAt).toEqual(expected);
});

test('its Date is skewed or missing, as told', async () => {
  fake.turn({ dateSkewMs: -120_000 });
  expect((await mint()).headers.get('date')).toBe(new Date(nowMs - 120_000).toUTCString());
  fake.turn({ dateSkewMs: null });
  expect((await mint()).headers.get('date')).toBeNull();
});

test('hands out the same value again, as told', async () => {
  fake.turn({ sameToken: true });
  expect(await token()).toBe(await token());
});

test.each(['400', '401', '403', '429', '500'] as const)('a mint answers %s, with what else is told', async (mintFault) => {
  fake.turn({ mintFault, mintOauthError: 'invalid_client', retryAfter: '120', echoCredential: true });
  const response = await mint();
  expect(response.status).toBe(Number(mintFault));
  expect(response.headers.get('retry-after')).toBe(Number(mintFault) >= 429 ? '120' : null);
  expect(await response.json()).toMatchObject({ error: 'invalid_client', received: fake.apiSecret });
});

test('a mint answers HTML with 200, redirects, or resets the connection', async () => {
  fake.turn({ mintFault: 'html' });
  const html = await mint();
  expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html']);
  expect(await html.text()).toContain('<!doctype html>');
  fake.turn({ mintFault: 'redirect' });
  expect((await mint()).headers.get('location')).toContain('elsewhere.example.com');
  fake.turn({ mintFault: 'reset' });
  await expect(mint()).rejects.toThrow();
  fake.turn({ mintFault: 'truncated' });
  await expect(mint().then((response) => response.text())).rejects.toThrow();
});

test('a mint that is never answered, and one that never ends, leave it to the caller to give up', async () => {
  for (const mintFault of ['timeout', 'endless'] as const) {
    fake.turn({ mintFault });
    const stop = new AbortController();
    const seen = fake.requests.count('mint');
    const answer = mint({ signal: stop.signal }).then((response) => response.arrayBuffer());
    await fake.requests.until((entries) => entries.length > seen);
    stop.abort();
    await expect(answer).rejects.toThrow(/abort/);
  }
});

test('a held mint waits until it is released, and one with latency takes that long', async () => {
  const release = fake.holdMints();
  let isDone = false;
  const minted = mint().then(() => (isDone = true));
  await fake.requests.until((entries) => entries.length === 1);
  expect(isDone).toBe(false);
  release();
  await minted;
  fake.turn({ mintLatencyMs: 60 });
  const startedAtMs = performance.now();
  await mint();
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(55);
});

test('a 401 can last, with and without WWW-Authenticate', async () => {
  fake.turn({ rejectAllCalls: true });
  const plain = await call(await token());
  expect([plain.status, plain.headers.get('www-authenticate')]).toEqual([401, null]);
  fake.turn({ wwwAuthenticate: true });
  expect((await call(await token())).headers.get('www-authenticate')).toContain('Bearer');
});

test('its log counts mints and calls, and holds neither secret nor token', async () => {
  const value = await token();
  await mint({ headers: { 'access-token': value } });
  await call(value);
  expect(fake.requests.count('mint')).toBe(2);
  expect(fake.requests.entries.map(({ carriedToken }) => carriedToken)).toEqual([false, true, false]);
  expect(JSON.stringify(fake.requests.entries)).not.toContain(CANARY);
});

test('other processes turn knobs, revoke and read the log over HTTP', async () => {
  const post = (path: string, body: unknown): Promise<Response> => fetch(`${fake.baseUrl}/_fake/${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect((await post('knobs', { lifetimeMs: 5_000 })).status).toBe(200);
  expect(fake.knobs.lifetimeMs).toBe(5_000);
  expect((await post('knobs', { lifetime: 5_000 })).status).toBe(400);
  const value = await token();
  await post('revoke', {});
  expect(await statusOf(value)).toBe(401);
  const log = (await (await fetch(`${fake.baseUrl}/_fake/requests`)).json()) as unknown[];
  expect(log).toHaveLength(2);
});
