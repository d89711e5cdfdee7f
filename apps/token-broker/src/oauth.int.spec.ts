import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import type { token } from '#contracts';
import { CANARY, FakeIssuer, RESOURCE_PATH, type IssuerKnobs } from '#fake-partner';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { Secret } from '#platform';
import { upstreamFetch, type UpstreamTokens } from '#upstream';
import { failureOf, TokenBrokerFixture } from './fixtures/token-broker.fixture.js';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let postgres: ThrowawayPostgres;
let broker: TokenBrokerFixture;
let fake: FakeIssuer;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  broker = new TokenBrokerFixture(await postgres.createDatabase());
  await broker.registry({ admin: { roles: ['admin'] }, gateway: { roles: ['gateway'] } });
  await broker.start();
}, 300_000);

afterAll(async () => {
  await broker.remove();
  await postgres.stop();
}, 300_000);

beforeEach(async () => {
  fake = await FakeIssuer.start({ publicKey: pair.publicKey });
});

afterEach(() => fake.stop());

function register(connectionId: string, settings: token.ConnectionSettings, secret: string): Promise<unknown> {
  return broker.ask((done) => broker.connections.Register({ connectionId, settings: { tokenUrl: fake.tokenUrl, clientId: fake.clientId, ...settings }, secret }, broker.as('admin'), done));
}

const revoke = (connectionId: string): Promise<unknown> => broker.ask((done) => broker.tokens.RevokeToken({ connectionId }, broker.as('admin'), done));

/** A gateway's side: tokens over gRPC. */
function tokensOf(connectionId: string): UpstreamTokens {
  return {
    get: async ({ rejectedGeneration = 0, scopes = [] }) => {
      const { token: value, generation, headerName, headerPrefix, dpopKey } = await broker.get(connectionId, { rejectedGeneration, scopes: [...scopes] });
      return { token: new Secret(value), generation, headerName, headerPrefix, ...(dpopKey !== '' && { dpopKey: new Secret(dpopKey) }) };
    },
  };
}

test('a connection of client credentials is minted for once, and its token opens the resource behind the issuer', async () => {
  await register('cc', { issuer: 'OAUTH2_CLIENT_CREDENTIALS', scopes: ['orders.read'], audience: 'orders' }, fake.clientSecret);
  const answers = await Promise.all(Array.from({ length: 50 }, () => broker.get('cc')));
  expect(new Set(answers.map(({ token: value }) => value)).size).toBe(1);
  expect(answers[0]).toMatchObject({ headerName: 'authorization', headerPrefix: 'Bearer ', generation: 1 });
  expect(fake.requests).toMatchObject([{ grant: 'client_credentials', method: 'client_secret_basic', scope: 'orders.read', audience: 'orders' }]);
  expect((await upstreamFetch({ tokens: tokensOf('cc'), allowLoopback: true })(fake.baseUrl + RESOURCE_PATH)).status).toBe(200);
});

test('a rotating refresh token goes on over rejections and a restart, and is used once each time', async () => {
  fake.turn({ reuseEndsFamily: true });
  await register('rt', { issuer: 'OAUTH2_REFRESH_TOKEN', authMethod: 'CLIENT_SECRET_POST' }, JSON.stringify({ refresh_token: fake.grants.refreshToken, client_secret: fake.clientSecret }));
  expect((await broker.get('rt')).generation).toBe(1);
  expect((await broker.get('rt', { rejectedGeneration: 1 })).generation).toBe(2);
  await broker.stop();
  await broker.start();
  await revoke('rt');
  expect((await broker.get('rt')).generation).toBe(3);
  expect([fake.requests.map(({ status }) => status), fake.grants.isFamilyEnded]).toEqual([[200, 200, 200], false]);
}, 300_000);

test('subjects have tokens of their own, which end with the token that they were exchanged for', async () => {
  await register('exchange', { issuer: 'OAUTH2_TOKEN_EXCHANGE', authMethod: 'PRIVATE_KEY_JWT' }, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  const asked = (subject: string): Promise<token.GetTokenResponse__Output> => broker.get('exchange', { subject, subjectToken: fake.grants.subjectToken, subjectExpiresIn: { seconds: 120, nanos: 0 } });
  const [ada, again, bob] = [await asked('ada'), await asked('ada'), await asked('bob')];
  expect(again.token).toBe(ada.token);
  expect(bob.token).not.toBe(ada.token);
  expect(Number(ada.expiresIn!.seconds)).toBeLessThanOrEqual(120);
  expect(await failureOf(broker.get('exchange'))).toMatchObject({ reason: 'INVALID_REQUEST', violations: [{ field: 'subject' }] });
});

test('scopes that a 403 names are stepped up to, if the connection may ask for them', async () => {
  await register('steps', { issuer: 'OAUTH2_CLIENT_CREDENTIALS', scopes: ['read'], oauth: { stepUpScopes: ['write'] } }, fake.clientSecret);
  const send = upstreamFetch({ tokens: tokensOf('steps'), stepUpScopes: ['write'], allowLoopback: true });
  expect((await send(`${fake.baseUrl}${RESOURCE_PATH}/write`)).status).toBe(200);
  expect((await send(`${fake.baseUrl}${RESOURCE_PATH}/write`)).status).toBe(200);
  expect(fake.requests.filter(({ kind }) => kind === 'token').map(({ scope }) => scope)).toEqual(['read', 'read write']);
  expect(await failureOf(broker.get('steps', { scopes: ['admin'] }))).toMatchObject({ reason: 'INVALID_REQUEST', violations: [{ field: 'scopes' }] });
});

test('tokens bound to a key come with it, and nonces of issuer and resource cost no mint', async () => {
  fake.turn({ requireDpopNonce: true });
  await register('bound', { issuer: 'OAUTH2_CLIENT_CREDENTIALS', oauth: { dpop: true } }, fake.clientSecret);
  const send = upstreamFetch({ tokens: tokensOf('bound'), allowLoopback: true });
  expect((await send(fake.baseUrl + RESOURCE_PATH, { method: 'POST', body: '{}' })).status).toBe(200);
  fake.renewDpopNonce();
  expect((await send(fake.baseUrl + RESOURCE_PATH)).status).toBe(200);
  expect(fake.grants.tokens).toHaveLength(1);
});

test('what is revoked here is revoked at the issuer, though it answers 503 first, and nobody is served it meanwhile', async () => {
  await register('ends', { issuer: 'OAUTH2_CLIENT_CREDENTIALS', oauth: { revocationUrl: fake.revocationUrl } }, fake.clientSecret);
  const old = await broker.get('ends');
  fake.turn({ revocationFault: '503' });
  await revoke('ends');
  await fake.until((requests) => requests.some(({ kind, status }) => kind === 'revoke' && status === 503));
  expect(fake.grants.find(old.token, Date.now())).toBeDefined();
  const next = await broker.get('ends');
  expect(next.token).not.toBe(old.token);
  fake.turn({ revocationFault: 'none' });
  await fake.until((requests) => requests.some(({ kind, status }) => kind === 'revoke' && status === 200));
  expect(fake.grants.find(old.token, Date.now())).toBeUndefined();
  expect(fake.grants.find(next.token, Date.now())).toBeDefined();
}, 300_000);

test.each<[string, token.ConnectionSettings, string, string]>([
  ['a partner’s method', { issuer: 'OAUTH2_CLIENT_CREDENTIALS', authMethod: 'API_SECRET_HEADER' }, 'secret', 'settings.auth_method'],
  ['a key that is none', { issuer: 'OAUTH2_CLIENT_CREDENTIALS', authMethod: 'PRIVATE_KEY_JWT' }, `${CANARY}key`, 'secret'],
  ['a refresh token alone where a client secret is needed', { issuer: 'OAUTH2_REFRESH_TOKEN' }, `${CANARY}refresh`, 'secret'],
  ['a revocation address with a query', { issuer: 'OAUTH2_CLIENT_CREDENTIALS', oauth: { revocationUrl: `https://issuer.example.com/?${CANARY}` } }, 'secret', 'settings.oauth.revocation_url'],
])('%s is refused when it is registered, and nothing of it is repeated', async (_, settings, secret, field) => {
  const error = await failureOf(register('refused', settings, secret));
  expect(error).toMatchObject({ reason: 'INVALID_REQUEST', violations: [{ field }] });
  expect(inspect(error, { depth: 9 })).not.toContain(CANARY);
});

test('an issuer that refuses its client opens the breaker, and nothing that it repeats is logged', async () => {
  const knobs: Partial<IssuerKnobs> = { tokenFault: '401', tokenError: 'invalid_client', echoCredential: true };
  fake.turn(knobs);
  await register('broken', { issuer: 'OAUTH2_CLIENT_CREDENTIALS' }, fake.clientSecret);
  for (let n = 0; n < 3; n += 1) expect(await failureOf(broker.get('broken'))).toMatchObject({ reason: 'CONNECTION_BROKEN' });
  expect(fake.count('token')).toBe(1);
  expect(broker.lines.length).toBeGreaterThan(0);
  expect(broker.lines.join('\n')).not.toContain(CANARY);
});
