import { generateKeyPairSync } from 'node:crypto';
import { FakeIssuer, RESOURCE_PATH } from '#fake-partner';
import { Secret } from '#platform';
import type { TokenAsk, UpstreamToken, UpstreamTokens } from './tokens.js';
import { upstreamFetch } from './upstream-fetch.js';

const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
let fake: FakeIssuer;

/** A broker of one connection: mints when it is told that the newest token was refused, once for all who say so. */
class Tokens implements UpstreamTokens {
  readonly asks: TokenAsk[] = [];
  mints = 0;
  readonly #held = new Map<string, UpstreamToken>();
  readonly #thumbprint: string;

  constructor(thumbprint = '') {
    this.#thumbprint = thumbprint;
  }

  async get(ask: TokenAsk): Promise<UpstreamToken> {
    this.asks.push(ask);
    const scopes = [...(ask.scopes ?? [])].sort();
    const held = this.#held.get(scopes.join(' '));
    if (held && held.generation !== ask.rejectedGeneration) return held;
    this.mints += 1;
    const granted = fake.grants.issue({ grant: 'test', scopes, expiresAtMs: Date.now() + 3_600_000, thumbprint: this.#thumbprint }, false);
    const next: UpstreamToken = {
      token: new Secret(granted.value), generation: this.mints, headerName: 'authorization', headerPrefix: this.#thumbprint === '' ? 'Bearer ' : 'DPoP ',
      ...(this.#thumbprint !== '' && { dpopKey: new Secret(JSON.stringify(jwk)) }),
    };
    this.#held.set(scopes.join(' '), next);
    return next;
  }
}

beforeEach(async () => {
  fake = await FakeIssuer.start();
});

afterEach(() => fake.stop());

const open = (tokens: UpstreamTokens, stepUpScopes: string[] = []): typeof fetch => upstreamFetch({ tokens, stepUpScopes, allowLoopback: true });
const statuses = (): number[] => fake.requests.filter(({ kind }) => kind === 'call').map(({ status }) => status);

test('a session that lasts reads the token for each request: after a rotation the next request has the new one', async () => {
  const tokens = new Tokens();
  const session = open(tokens);
  expect((await session(fake.baseUrl + RESOURCE_PATH)).status).toBe(200);
  await tokens.get({ rejectedGeneration: 1 });
  fake.grants.tokens[0]!.isRevoked = true;
  expect((await session(fake.baseUrl + RESOURCE_PATH, { method: 'POST', body: 'again' })).status).toBe(200);
  expect([statuses(), tokens.mints]).toEqual([[200, 200], 2]);
});

test('20 parallel calls that meet a revocation all succeed with one more mint', async () => {
  const tokens = new Tokens();
  const session = open(tokens);
  await session(fake.baseUrl + RESOURCE_PATH);
  fake.grants.revokeAll();
  const answers = await Promise.all(Array.from({ length: 20 }, () => session(fake.baseUrl + RESOURCE_PATH, { method: 'POST', body: '{}' })));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(tokens.mints).toBe(2);
});

test('a 401 that stays is repeated once, and the second token is reported too', async () => {
  const tokens = new Tokens();
  fake.turn({ rejectAllCalls: true });
  expect((await open(tokens)(fake.baseUrl + RESOURCE_PATH)).status).toBe(401);
  expect(statuses()).toEqual([401, 401]);
  expect(tokens.asks.map(({ rejectedGeneration }) => rejectedGeneration)).toEqual([undefined, 1, 2]);
});

/** Hands out the first token, and then lets everybody wait for ever, as a broker may whose issuer hangs. */
class Hanging extends Tokens {
  isHanging = false;
  onAsk = (): void => {};

  override get(ask: TokenAsk): Promise<UpstreamToken> {
    if (!this.isHanging) return super.get(ask);
    this.asks.push(ask);
    this.onAsk();
    return new Promise(() => {});
  }
}

test.each(['the first token', 'another one after a 401'])('a caller waits for %s no longer than its signal says, and the broker is told of it', async (which) => {
  const tokens = new Hanging();
  const session = open(tokens);
  await session(fake.baseUrl + RESOURCE_PATH);
  if (which !== 'the first token') {
    fake.grants.revokeAll();
    // The newest one is refused: only then is there nothing to be had.
    const get = tokens.get.bind(tokens);
    tokens.get = (ask) => {
      tokens.isHanging = ask.rejectedGeneration !== undefined;
      return get(ask);
    };
  } else tokens.isHanging = true;
  const own = new AbortController();
  const asked = new Promise<void>((resolve) => (tokens.onAsk = resolve));
  const call = session(new Request(fake.baseUrl + RESOURCE_PATH, { method: 'POST', signal: own.signal }));
  await asked;
  own.abort(new Error('the caller has gone'));
  await expect(call).rejects.toThrow('the caller has gone');
  expect(tokens.asks.at(-1)!.signal?.aborted).toBe(true);
});

test('a refusal that comes when the caller has gone is not answered with another request, but reported', async () => {
  const own = new AbortController();
  const tokens = new Hanging();
  let sent = 0;
  const session = upstreamFetch({ tokens, fetch: () => {
    sent += 1;
    tokens.isHanging = true;
    own.abort(new Error('the caller has gone'));
    return Promise.resolve(new Response(null, { status: 401 }));
  } });
  expect((await session('https://upstream.example.com/', { signal: own.signal })).status).toBe(401);
  expect([sent, tokens.asks.at(-1)!.rejectedGeneration]).toEqual([1, 1]);
  await expect(session('https://upstream.example.com/', { signal: own.signal })).rejects.toThrow('the caller has gone');
  expect([sent, tokens.asks.length]).toEqual([1, 2]);
});

test('what cannot be sent again is not, and its rejection is reported all the same', async () => {
  const tokens = new Tokens();
  const session = open(tokens);
  await session(fake.baseUrl + RESOURCE_PATH);
  fake.grants.revokeAll();
  const body = new ReadableStream({ start: (controller) => { controller.enqueue(Buffer.from('once')); controller.close(); } });
  expect((await session(fake.baseUrl + RESOURCE_PATH, { method: 'POST', body, duplex: 'half' } as RequestInit)).status).toBe(401);
  expect(tokens.asks.at(-1)).toMatchObject({ rejectedGeneration: 1 });
  expect((await session(fake.baseUrl + RESOURCE_PATH)).status).toBe(200);
});

test('a 403 refreshes nothing; one that names a scope that may be asked for is stepped up to, once, and from then on', async () => {
  const tokens = new Tokens();
  const session = open(tokens, ['write']);
  expect((await session(`${fake.baseUrl}${RESOURCE_PATH}/admin`)).status).toBe(403);
  expect(tokens.mints).toBe(1);
  expect((await session(`${fake.baseUrl}${RESOURCE_PATH}/write`)).status).toBe(200);
  expect((await session(`${fake.baseUrl}${RESOURCE_PATH}/write`)).status).toBe(200);
  expect([statuses(), tokens.mints]).toEqual([[403, 403, 200, 200], 2]);
});

test('a step-up that helps nothing ends after one try', async () => {
  const tokens: UpstreamTokens = { get: async () => ({ token: new Secret(fake.grants.issue({ grant: 't', scopes: [], expiresAtMs: Date.now() + 60_000, thumbprint: '' }, false).value), generation: 1, headerName: 'authorization', headerPrefix: 'Bearer ' }) };
  expect((await open(tokens, ['write'])(`${fake.baseUrl}${RESOURCE_PATH}/write`)).status).toBe(403);
  expect(statuses()).toEqual([403, 403]);
});

test('use_dpop_nonce repeats the request with the nonce and mints nothing, and the nonce is kept for the next one', async () => {
  const { createHash } = await import('node:crypto');
  const thumbprint = createHash('sha256').update(JSON.stringify({ crv: jwk['crv'], kty: jwk['kty'], x: jwk['x'], y: jwk['y'] })).digest('base64url');
  const tokens = new Tokens(thumbprint);
  fake.turn({ requireDpopNonce: true });
  const session = open(tokens);
  expect((await session(fake.baseUrl + RESOURCE_PATH, { method: 'POST', body: '{}' })).status).toBe(200);
  expect((await session(fake.baseUrl + RESOURCE_PATH)).status).toBe(200);
  fake.renewDpopNonce();
  expect((await session(fake.baseUrl + RESOURCE_PATH)).status).toBe(200);
  expect([statuses(), tokens.mints]).toEqual([[401, 200, 200, 401, 200], 1]);
});

test('a token goes over TLS only, no redirect carries it on, and the caller\'s own credentials stay behind', async () => {
  const tokens = new Tokens();
  await expect(upstreamFetch({ tokens })(fake.baseUrl)).rejects.toMatchObject({ reason: 'UPSTREAM_NOT_ENCRYPTED' });
  await expect(open(tokens)('http://upstream.example.com/')).rejects.toMatchObject({ reason: 'UPSTREAM_NOT_ENCRYPTED' });
  const sent: { headers: Headers; redirect: string | undefined }[] = [];
  const session = upstreamFetch({ tokens, fetch: async (_url, init) => {
    sent.push({ headers: new Headers(init?.headers), redirect: init?.redirect });
    return new Response(null, { status: 302, headers: { location: 'https://elsewhere.example.com/' } });
  } });
  const answer = await session('https://upstream.example.com/', { headers: { authorization: 'Bearer of-the-caller', cookie: 'session', 'access-token': 'x', 'x-request-id': '7' } });
  expect([answer.status, sent.length, sent[0]!.redirect]).toEqual([302, 1, 'manual']);
  expect(sent[0]!.headers.get('authorization')).toMatch(/^Bearer canary-/);
  expect([...sent[0]!.headers.keys()]).toEqual(['authorization', 'x-request-id']);
});
