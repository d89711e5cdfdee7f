import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { NO_OAUTH_SETTINGS, type AuthMethod, type ConnectionSettings, type Issuer } from '#access-token';
import { CANARY, FakeIssuer, type IssuerKnobs } from '#fake-partner';
import { Secret } from '#platform';
import { createIssuers } from '../create-issuers.js';
import { guardedFetch } from '../guarded-fetch.js';
import type { MintRequest, MintResult, RevocationResult } from '../issuer.js';
import { dpopKeyOf } from './dpop-key.js';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PEM = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const vault = { fingerprint: () => Promise.resolve('5d'.repeat(32)) };
const issuers = createIssuers({ fetch: guardedFetch({ allowLoopback: true }), wallMs: Date.now });
let fake: FakeIssuer;

beforeEach(async () => {
  fake = await FakeIssuer.start({ publicKey: pair.publicKey });
});

afterEach(() => fake.stop());

function settings(issuer: Issuer, fields: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return {
    environment: 'test', server_ids: [], issuer, token_url: fake.tokenUrl, client_id: fake.clientId, auth_method: 'client_secret_basic', scopes: [], audience: '',
    default_lifetime_ms: 300_000, delivery: 'inject', static_stability: false, mints_per_minute_max: 60, ...fields,
  };
}

/** The connection's secret, as an operator would hand it in. */
function secretFor({ issuer, auth_method }: ConnectionSettings): string {
  const credential = auth_method === 'private_key_jwt' ? PEM : fake.clientSecret;
  if (issuer !== 'oauth2-refresh-token') return credential;
  if (auth_method === 'none') return fake.grants.refreshToken;
  return JSON.stringify({ refresh_token: fake.grants.refreshToken, [auth_method === 'private_key_jwt' ? 'private_key' : 'client_secret']: credential });
}

function mint(issuer: Issuer, fields: Partial<ConnectionSettings> = {}, request: Partial<MintRequest> = {}): Promise<MintResult> {
  const of = settings(issuer, fields);
  const subject = issuer === 'oauth2-token-exchange' ? { subject: new Secret(fake.grants.subjectToken) } : {};
  return issuers[issuer].mint({ settings: of, secret: new Secret(secretFor(of)), signal: AbortSignal.timeout(30_000), ...subject, ...request });
}

function minted(result: MintResult): Extract<MintResult, { kind: 'minted' }> {
  if (result.kind !== 'minted') throw new Error(`expected a token: ${result.failure.code} ${result.detail}`);
  return result;
}

const GRANTS: readonly (readonly [Issuer, string])[] = [
  ['oauth2-client-credentials', 'client_credentials'], ['oauth2-refresh-token', 'refresh_token'], ['oauth2-token-exchange', 'urn:ietf:params:oauth:grant-type:token-exchange'],
];
const METHODS: readonly AuthMethod[] = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];

test.each(GRANTS.flatMap(([issuer, grant]) => METHODS.map((method) => [issuer, method, grant] as const)))('%s with %s brings a token that its issuer accepts', async (issuer, auth_method, grant) => {
  const { token, claims, renewedSecret } = minted(await mint(issuer, { auth_method, scopes: ['orders.read', 'users'], audience: 'orders' }));
  expect(fake.requests).toMatchObject([{ kind: 'token', grant, method: auth_method, isClientRight: true, scope: 'orders.read users', audience: 'orders', status: 200 }]);
  expect(fake.grants.find(token.reveal(), Date.now())).toBeDefined();
  expect(claims.expiresIn).toBe(3_600);
  expect(renewedSecret !== null).toBe(issuer === 'oauth2-refresh-token');
});

test.each([...METHODS, 'none'] as const)('a rotated refresh token comes with all that the next refresh needs (%s)', async (auth_method) => {
  const first = minted(await mint('oauth2-refresh-token', { auth_method }));
  const second = minted(await mint('oauth2-refresh-token', { auth_method }, { secret: first.renewedSecret! }));
  expect(second.renewedSecret!.reveal()).toContain(fake.grants.refreshToken);
  expect(second.renewedSecret!.reveal()).not.toBe(first.renewedSecret!.reveal());
  expect(fake.requests.map(({ status }) => status)).toEqual([200, 200]);
});

test('an issuer that does not rotate refresh tokens renews nothing', async () => {
  fake.turn({ rotateRefreshTokens: false });
  expect(minted(await mint('oauth2-refresh-token')).renewedSecret).toBeNull();
});

test('the resource and the scopes that a 403 named are asked for beside the connection\'s own', async () => {
  await mint('oauth2-client-credentials', { scopes: ['a'], oauth: { ...NO_OAUTH_SETTINGS, resource: 'https://orders.example.com/mcp' } }, { stepUpScopes: ['b', 'a'] });
  expect(fake.requests).toMatchObject([{ scope: 'a b', resource: 'https://orders.example.com/mcp' }]);
});

test.each<[string, () => string]>([
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2_048 }) as never],
  ['Ed25519', () => generateKeyPairSync('ed25519') as never],
  ['a JWK with a key id', () => pair as never],
])('an assertion signed by %s verifies, and names the issuer as its audience', async (kind, make) => {
  const keys = make() as unknown as typeof pair;
  const own = await FakeIssuer.start({ publicKey: keys.publicKey });
  const secret = kind.startsWith('a JWK') ? JSON.stringify({ ...keys.privateKey.export({ format: 'jwk' }), kid: 'k1' }) : (keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  const fields = { token_url: own.tokenUrl, client_id: own.clientId, auth_method: 'private_key_jwt' as const };
  minted(await mint('oauth2-client-credentials', fields, { secret: new Secret(secret) }));
  minted(await mint('oauth2-client-credentials', { ...fields, oauth: { ...NO_OAUTH_SETTINGS, issuer_url: own.baseUrl } }, { secret: new Secret(secret) }));
  expect(await mint('oauth2-client-credentials', { ...fields, oauth: { ...NO_OAUTH_SETTINGS, issuer_url: 'https://another.example.com' } }, { secret: new Secret(secret) })).toMatchObject({ failure: { code: 'invalid_client' } });
  await own.stop();
});

test.each<[Partial<IssuerKnobs>, unknown]>([
  [{ expiresIn: 'text' }, '3600'], [{ expiresIn: 'missing' }, undefined], [{ expiresIn: 'negative' }, -3_600], [{ expiresIn: 'nonsense' }, { in: 'a while' }],
])('an issuer with %j does not cost the token: what it says of its life is judged elsewhere', async (knobs, expiresIn) => {
  fake.turn({ ...knobs, refreshIn: 1_800 });
  expect(minted(await mint('oauth2-client-credentials'))).toMatchObject({ claims: { expiresIn }, refreshInMs: 1_800_000 });
});

test.each<[Partial<IssuerKnobs>, object, number | null]>([
  [{ tokenFault: '400' }, { class: 'transient', code: 'http_400', status: 400 }, null],
  [{ tokenFault: '400', tokenError: 'invalid_grant' }, { class: 'permanent', code: 'invalid_grant', status: 400 }, null],
  [{ tokenFault: '400', tokenError: 'invalid_scope' }, { class: 'permanent', code: 'invalid_scope', status: 400 }, null],
  [{ tokenFault: '400', tokenError: 'temporarily_unavailable' }, { class: 'transient', code: 'http_400', status: 400 }, null],
  [{ tokenFault: '401', tokenError: 'invalid_client' }, { class: 'permanent', code: 'invalid_client', status: 401 }, null],
  [{ tokenFault: '401', tokenError: 'unauthorized_client' }, { class: 'permanent', code: 'unauthorized_client', status: 401 }, null],
  [{ tokenFault: '429', retryAfter: '90' }, { class: 'transient', code: 'rate_limited', status: 429 }, 90_000],
  [{ tokenFault: '500', tokenError: 'invalid_client' }, { class: 'transient', code: 'http_500', status: 500 }, null],
  [{ tokenFault: '503' }, { class: 'transient', code: 'http_503', status: 503 }, null],
  [{ tokenFault: 'html' }, { class: 'transient', code: 'no_token', status: 200 }, null],
  [{ tokenFault: 'redirect' }, { class: 'transient', code: 'http_307', status: 307 }, null],
  [{ tokenFault: 'reset' }, { class: 'transient', code: 'connection_failed', status: 0 }, null],
  [{ tokenType: 'MAC' }, { class: 'transient', code: 'no_token', status: 200 }, null],
])('an issuer with %j is a failure of its kind', async (knobs, failure, retryAfterMs) => {
  fake.turn(knobs);
  expect(await mint('oauth2-client-credentials')).toMatchObject({ kind: 'failed', failure, retryAfterMs });
  expect(fake.count('token')).toBe(1);
});

test('a subject token that the issuer refuses is invalid_grant, and without one nothing goes out', async () => {
  expect(await mint('oauth2-token-exchange', {}, { subject: new Secret('another') })).toMatchObject({ failure: { class: 'permanent', code: 'invalid_grant' } });
  expect(await mint('oauth2-token-exchange', {}, { subject: undefined as never })).toMatchObject({ failure: { code: 'subject_missing' } });
  expect(fake.count('token')).toBe(1);
});

test.each<[Issuer, AuthMethod, string]>([
  ['oauth2-client-credentials', 'client_secret_basic', ''],
  ['oauth2-client-credentials', 'client_secret_post', 'two\r\nlines'],
  ['oauth2-client-credentials', 'private_key_jwt', 'no key'],
  ['oauth2-client-credentials', 'private_key_jwt', '{"kty":"RSA","d":"x"}'],
  ['oauth2-client-credentials', 'private_key_jwt', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
  ['oauth2-client-credentials', 'private_key_jwt', generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
  ['oauth2-refresh-token', 'client_secret_basic', 'a refresh token alone'],
  ['oauth2-refresh-token', 'client_secret_basic', '{"refresh_token": "r"}'],
  ['oauth2-refresh-token', 'none', 'spät'],
])('a secret that %s with %s cannot use does not go out', async (issuer, auth_method, secret) => {
  expect(await mint(issuer, { auth_method }, { secret: new Secret(secret) })).toMatchObject({ failure: { class: 'permanent', code: 'malformed_secret', status: 0 } });
  expect(fake.requests).toEqual([]);
});

describe('DPoP', () => {
  const DPOP = { oauth: { ...NO_OAUTH_SETTINGS, dpop: true } };

  test('use_dpop_nonce is answered with the nonce, once, within the same mint', async () => {
    fake.turn({ requireDpopNonce: true });
    const dpopKey = await dpopKeyOf(vault, { tenant: 't', connectionId: 'c' });
    const { token } = minted(await mint('oauth2-client-credentials', DPOP, { dpopKey }));
    expect(fake.requests.map(({ status }) => status)).toEqual([400, 200]);
    expect(fake.grants.tokens).toHaveLength(1);
    expect(fake.grants.find(token.reveal(), Date.now())!.thumbprint).not.toBe('');
  });

  test('an issuer that never takes its own nonce is a failure after one more try', async () => {
    fake.turn({ tokenFault: '400', tokenError: 'use_dpop_nonce' });
    const dpopKey = await dpopKeyOf(vault, { tenant: 't', connectionId: 'c' });
    expect(await mint('oauth2-client-credentials', DPOP, { dpopKey })).toMatchObject({ failure: { class: 'transient', code: 'http_400' } });
    expect(fake.count('token')).toBe(2);
  });

  test('with a rotating refresh token the nonce costs no refresh', async () => {
    fake.turn({ requireDpopNonce: true, reuseEndsFamily: true });
    const dpopKey = await dpopKeyOf(vault, { tenant: 't', connectionId: 'c' });
    const first = minted(await mint('oauth2-refresh-token', { ...DPOP, auth_method: 'none' }, { dpopKey }));
    fake.renewDpopNonce();
    minted(await mint('oauth2-refresh-token', { ...DPOP, auth_method: 'none' }, { dpopKey, secret: first.renewedSecret! }));
    expect(new Set(fake.grants.tokens.map(({ thumbprint }) => thumbprint)).size).toBe(1);
  });
});

describe('revocation (RFC 7009)', () => {
  const revoke = (token: Secret, fields: Partial<ConnectionSettings> = {}): Promise<RevocationResult> => {
    const of = settings('oauth2-client-credentials', { oauth: { ...NO_OAUTH_SETTINGS, revocation_url: fake.revocationUrl }, ...fields });
    return issuers['oauth2-client-credentials'].revoke!({ settings: of, secret: new Secret(secretFor(of)), token, signal: AbortSignal.timeout(30_000) });
  };

  test.each(METHODS)('ends the token at its issuer (%s)', async (auth_method) => {
    const { token } = minted(await mint('oauth2-client-credentials', { auth_method }));
    expect(await revoke(token, { auth_method })).toEqual({ kind: 'revoked' });
    expect(fake.grants.find(token.reveal(), Date.now())).toBeUndefined();
    expect(fake.requests.at(-1)).toMatchObject({ kind: 'revoke', method: auth_method, isClientRight: true });
  });

  test('503 is transient and says when to come again; a refusal is what it says', async () => {
    const { token } = minted(await mint('oauth2-client-credentials'));
    fake.turn({ revocationFault: '503', retryAfter: '7' });
    expect(await revoke(token)).toMatchObject({ kind: 'failed', failure: { class: 'transient', code: 'http_503' }, retryAfterMs: 7_000 });
    expect(fake.grants.find(token.reveal(), Date.now())).toBeDefined();
  });
});

test('nothing that an issuer repeats gets into a result', async () => {
  fake.turn({ echoCredential: true, revocationFault: '500' });
  const results: unknown[] = [];
  for (const [issuer] of GRANTS) {
    for (const auth_method of METHODS) {
      for (const tokenFault of ['400', '401', '500', 'none'] as const) {
        fake.turn({ tokenFault });
        results.push(await mint(issuer, { auth_method }));
      }
    }
  }
  const token = new Secret(`${CANARY}token-1`);
  const of = settings('oauth2-client-credentials', { oauth: { ...NO_OAUTH_SETTINGS, revocation_url: fake.revocationUrl } });
  results.push(await issuers[of.issuer].revoke!({ settings: of, secret: new Secret(secretFor(of)), token, signal: AbortSignal.timeout(30_000) }));
  expect(results).toHaveLength(37);
  const seen = inspect(results, { depth: 12, showHidden: true, maxArrayLength: null, maxStringLength: null });
  expect(seen).not.toContain(CANARY);
  expect(seen).not.toContain('PRIVATE KEY');
});
