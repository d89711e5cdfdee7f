import { createServer as createHttps } from 'node:https';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { CANARY, FakePartner, MINT_PATH, type Knobs } from '#fake-partner';
import type { ConnectionSettings } from '#access-token';
import { Secret } from '#platform';
import { FetchTrouble, guardedFetch, type IssuerFetch } from './guarded-fetch.js';
import type { MintResult } from './issuer.js';
import { PartnerSecretIssuer } from './partner-secret.issuer.js';

let fake: FakePartner;
const local = guardedFetch({ allowLoopback: true });

beforeAll(async () => {
  fake = await FakePartner.start();
});

beforeEach(() => {
  fake.requests.clear();
  fake.turn({ mintFault: 'none', expiresAt: 'seconds', dataWrapper: true, retryAfter: '', mintOauthError: '', echoCredential: false });
});

afterAll(() => fake.stop());

function settings(fields: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return {
    environment: 'test', server_ids: [], issuer: 'partner-secret', token_url: fake.baseUrl + MINT_PATH, client_id: fake.apiKey, auth_method: 'api_secret_header', scopes: [],
    audience: '', default_lifetime_ms: 300_000, delivery: 'inject', static_stability: false, mints_per_minute_max: 60, ...fields,
  };
}

function mint(fields: Partial<ConnectionSettings> = {}, { fetch = local, secret = fake.apiSecret, signal = AbortSignal.timeout(10_000) } = {}): Promise<MintResult> {
  return new PartnerSecretIssuer({ fetch: fetch as IssuerFetch, wallMs: Date.now }).mint({ settings: settings(fields), secret: new Secret(secret), signal });
}

test.each([true, false])('brings the token and what was said of its end, with the wrapper or without (%s)', async (dataWrapper) => {
  fake.turn({ dataWrapper });
  const result = await mint();
  if (result.kind !== 'minted') throw new Error(result.failure.code);
  expect(result.token.reveal()).toContain(`${CANARY}token-`);
  expect(result.claims.expiresAt).toBeGreaterThan(Date.now() / 1_000);
  expect(Math.abs(result.responseDateMs! - Date.now())).toBeLessThan(60_000);
  expect(fake.requests.entries).toMatchObject([{ kind: 'mint', credential: 'right', carriedToken: false, status: 200 }]);
});

test('a token of whose end nothing is said is a token', async () => {
  fake.turn({ expiresAt: 'missing' });
  expect(await mint()).toMatchObject({ kind: 'minted', claims: { expiresAt: undefined } });
});

test.each<[Partial<Knobs>, object, number | null]>([
  [{ mintFault: '400' }, { class: 'transient', code: 'http_400', status: 400 }, null],
  [{ mintFault: '401' }, { class: 'transient', code: 'http_401', status: 401 }, null],
  [{ mintFault: '401', mintOauthError: 'invalid_client' }, { class: 'permanent', code: 'invalid_client', status: 401 }, null],
  [{ mintFault: '403' }, { class: 'transient', code: 'http_403', status: 403 }, null],
  [{ mintFault: '429', retryAfter: '120' }, { class: 'transient', code: 'rate_limited', status: 429 }, 120_000],
  [{ mintFault: '500' }, { class: 'transient', code: 'http_500', status: 500 }, null],
  [{ mintFault: 'html' }, { class: 'transient', code: 'no_token', status: 200 }, null],
  [{ mintFault: 'endless' }, { class: 'transient', code: 'no_token', status: 200 }, null],
  [{ mintFault: 'reset' }, { class: 'transient', code: 'connection_failed', status: 0 }, null],
  [{ mintFault: 'truncated' }, { class: 'transient', code: 'connection_failed', status: 0 }, null],
  [{ mintFault: 'redirect' }, { class: 'transient', code: 'http_307', status: 307 }, null],
])('a partner with %j is a failure of its kind', async (knobs, failure, retryAfterMs) => {
  fake.turn(knobs);
  expect(await mint()).toMatchObject({ kind: 'failed', failure, retryAfterMs });
});

test('a partner that does not answer in time is a time-out', async () => {
  fake.turn({ mintFault: 'timeout' });
  const stop = new AbortController();
  const minted = mint({}, { signal: stop.signal });
  await fake.requests.until((entries) => entries.length === 1);
  stop.abort();
  expect(await minted).toMatchObject({ kind: 'failed', failure: { class: 'transient', code: 'timeout' } });
});

test('a body that repeats the credential does not carry it into an error or a log', async () => {
  for (const mintFault of ['400', '500', 'html'] as const) {
    fake.turn({ mintFault, echoCredential: true });
    const result = await mint();
    if (result.kind !== 'failed') throw new Error('expected a failure');
    expect(result.detail).not.toBe('');
    expect(result.detail.length).toBeLessThanOrEqual(256);
    expect(inspect(result, { depth: 9 })).not.toContain(CANARY);
  }
});

test('a redirect is not followed, so the secret goes to nobody else', async () => {
  const elsewhere = await FakePartner.start();
  fake.turn({ mintFault: 'redirect' });
  expect(await mint()).toMatchObject({ failure: { code: 'http_307' } });
  expect(elsewhere.requests.entries).toEqual([]);
  await elsewhere.stop();
});

test('a secret that no header can carry does not go out', async () => {
  for (const secret of ['', 'two\r\nlines', 'späte']) expect(await mint({}, { secret })).toMatchObject({ failure: { class: 'permanent', code: 'malformed_secret' } });
  expect(fake.requests.entries).toEqual([]);
});

describe('where requests may go', () => {
  const strict = guardedFetch({ allowLoopback: false });
  const post = { method: 'POST' as const, headers: {}, body: '{}', signal: AbortSignal.timeout(5_000) };
  const resolvingTo = (...addresses: string[]): IssuerFetch => guardedFetch({
    allowLoopback: false,
    lookup: ((_name: string, _options: object, done: (error: null, found: object[]) => void) => done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))) as never,
  });

  test.each([
    'http://partner.example.com/', 'http://127.0.0.1/', 'https://127.0.0.1/', 'https://[::1]/', 'https://10.0.0.1/', 'https://169.254.169.254/latest/meta-data', 'https://[::ffff:10.0.0.1]/',
    'https://2130706433/', 'https://0x7f.1/', 'https://user:pass@partner.example.com/', 'file:///etc/passwd', 'ftp://partner.example.com/', 'not a url', 'https://localhost/',
  ])('not to %s', async (url) => {
    await expect(strict(url, post)).rejects.toMatchObject({ trouble: { kind: 'forbidden_address' } });
  });

  test('not to a name that points inside, not even with a good address beside it', async () => {
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '192.168.0.1'], ['::1'], []]) {
      await expect(resolvingTo(...addresses)('https://partner.example.com/', post)).rejects.toMatchObject({ trouble: { kind: 'forbidden_address' } });
    }
  });

  test('plain HTTP goes to loopback only, and only where that is allowed', async () => {
    await expect(local('http://8.8.8.8/', post)).rejects.toMatchObject({ trouble: { kind: 'forbidden_address' } });
    await expect(strict(fake.baseUrl, post)).rejects.toBeInstanceOf(FetchTrouble);
    expect((await local(fake.baseUrl, post)).status).toBe(404);
  });

  test('a certificate that does not verify is permanent, and nothing is sent', async () => {
    const folder = new URL('../../../../libs/platform/src/fixtures/', import.meta.url);
    let requests = 0;
    const server = createHttps({ key: readFileSync(new URL('tls.key.pem', folder)), cert: readFileSync(new URL('tls.cert.pem', folder)) }, (_, response) => {
      requests += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const token_url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await mint({ token_url })).toMatchObject({ failure: { class: 'permanent', code: 'tls_verification_failed' } });
    expect(requests).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });
});
