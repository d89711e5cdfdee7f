import { credentials } from '@grpc/grpc-js';
import { clusterClient, decisionClient } from '#contracts';
import type { cluster, token } from '#contracts';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { failureOf, TokenBrokerFixture } from './fixtures/token-broker.fixture.js';

let postgres: ThrowawayPostgres;
let broker: TokenBrokerFixture;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  broker = new TokenBrokerFixture(await postgres.createDatabase());
  await broker.registry({
    admin: { roles: ['admin'] }, auditor: { roles: ['auditor'] }, approver: { roles: ['approver'] }, gateway: { roles: ['gateway'] },
    'gateway-a': { roles: ['gateway'], servers: ['server-a'] }, 'gateway-b': { roles: ['gateway'], servers: ['server-b'] },
  });
  await broker.start();
}, 300_000);

afterAll(async () => {
  await broker.remove();
  await postgres.stop();
}, 300_000);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('1,000 parallel gets over gRPC are one mint, in the partner’s own log of requests; the token goes to the gateway, with where to put it', async () => {
  const partner = await broker.connection('parallel');
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => broker.getInTheEnd('parallel')));
  expect(partner.requests.entries).toMatchObject([{ kind: 'mint', credential: 'right', status: 200 }]);
  expect(new Set(answers.map(({ token: value }) => value)).size).toBe(1);
  const [{ token: value, generation, headerName, headerPrefix, stale, expiresIn, usableFor, refreshIn }] = answers as [token.GetTokenResponse__Output];
  expect({ generation, headerName, headerPrefix, stale }).toEqual({ generation: 1, headerName: 'access-token', headerPrefix: '', stale: false });
  expect(value).not.toBe('');
  const seconds = [refreshIn, usableFor, expiresIn].map((duration) => Number(duration?.seconds));
  expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  expect(seconds[0]).toBeGreaterThan(0);
});

test('a gateway gets tokens only of the servers it is for; no other role gets any, nor does a grant’s token', async () => {
  await broker.connection('of-a', { serverIds: ['server-a'] });
  await broker.connection('of-nobody');
  expect((await broker.get('of-a', {}, 'gateway-a')).token).not.toBe('');
  expect((await broker.get('of-a', {}, 'gateway')).token).not.toBe('');
  expect(await failureOf(broker.get('of-a', {}, 'gateway-b'))).toMatchObject({ reason: 'SERVER_NOT_ALLOWED' });
  expect(await failureOf(broker.get('of-nobody', {}, 'gateway-a'))).toMatchObject({ reason: 'SERVER_NOT_ALLOWED' });
  for (const subject of ['admin', 'auditor', 'approver']) expect(await failureOf(broker.get('of-a', {}, subject))).toMatchObject({ reason: 'ROLE_MISSING' });
  const grant = broker.as('gateway');
  grant.set('authorization', `Bearer dg_${'0'.repeat(32)}_${'A'.repeat(43)}`);
  expect(await failureOf(broker.ask((done) => broker.tokens.GetToken({ connectionId: 'of-a' }, grant, done)))).toMatchObject({ reason: 'CREDENTIAL_INVALID' });
  expect(await failureOf(broker.ask((done) => broker.tokens.RejectToken({ connectionId: 'of-a', generation: 1 }, broker.as('gateway-b'), done)))).toMatchObject({ reason: 'SERVER_NOT_ALLOWED' });
  expect(await failureOf(broker.ask((done) => broker.tokens.RevokeToken({ connectionId: 'of-a' }, broker.as('gateway-a'), done)))).toMatchObject({ reason: 'ROLE_MISSING' });
});

test('connections are the admins’ alone, an auditor reads them, and no answer holds a secret', async () => {
  const partner = await broker.connection('shown', { serverIds: ['server-a'], delivery: 'WRAP' });
  const { connection } = await broker.ask<token.GetConnectionResponse__Output>((done) => broker.connections.Get({ connectionId: 'shown' }, broker.as('auditor'), done));
  expect(connection).toMatchObject({ connectionId: 'shown', state: 'ACTIVE', breaker: 'CLOSED', secretVersion: 1, registeredBy: 'admin', settings: { issuer: 'PARTNER_SECRET', authMethod: 'API_SECRET_HEADER', delivery: 'WRAP', mintsPerMinuteMax: 60, environment: 'default' } });
  const list = await broker.ask<token.ListConnectionsResponse__Output>((done) => broker.connections.List({ pageSize: 1 }, broker.as('admin'), done));
  expect(list.connections).toHaveLength(1);
  const rest = await broker.ask<token.ListConnectionsResponse__Output>((done) => broker.connections.List({ pageToken: list.nextPageToken }, broker.as('admin'), done));
  const ids = [...list.connections, ...rest.connections].map(({ connectionId }) => connectionId);
  expect(ids).toEqual([...ids].sort());
  expect(ids).toContain('shown');
  expect(JSON.stringify([connection, list, rest])).not.toContain(partner.apiSecret);
  for (const subject of ['gateway', 'auditor', 'approver']) {
    expect(await failureOf(broker.ask((done) => broker.connections.Suspend({ connectionId: 'shown' }, broker.as(subject), done)))).toMatchObject({ reason: 'ROLE_MISSING' });
  }
  expect(await failureOf(broker.ask((done) => broker.connections.List({}, broker.as('gateway'), done)))).toMatchObject({ reason: 'ROLE_MISSING' });
});

test('what cannot be is refused with what was expected, and nothing of a secret', async () => {
  const register = (connectionId: string, settings: token.ConnectionSettings | null, secret = 'a-secret'): Promise<unknown> =>
    broker.ask((done) => broker.connections.Register({ connectionId, settings, secret }, broker.as('admin'), done));
  const good = { issuer: 'PARTNER_SECRET' as const, tokenUrl: 'https://partner.example.com/token', clientId: 'key' };
  expect(await failureOf(register('Not An Id', good))).toMatchObject({ reason: 'INVALID_REQUEST', violations: [{ field: 'connection_id' }] });
  expect(await failureOf(register('fine', null))).toMatchObject({ violations: [{ field: 'settings' }] });
  expect(await failureOf(register('fine', { ...good, issuer: 'ISSUER_UNSPECIFIED' }))).toMatchObject({ violations: [{ field: 'settings.issuer' }] });
  expect(await failureOf(register('fine', { ...good, tokenUrl: 'https://user:pass@partner.example.com/' }))).toMatchObject({ violations: [{ field: 'settings.token_url' }] });
  expect(await failureOf(register('fine', good, ''))).toMatchObject({ violations: [{ field: 'secret' }] });
  const long = await failureOf(register('fine', good, 'very-secret'.repeat(2_000)));
  expect(long).toMatchObject({ violations: [{ field: 'secret' }] });
  expect(JSON.stringify(long)).not.toContain('very-secret');
  await register('fine', good);
  expect(await failureOf(register('fine', good))).toMatchObject({ reason: 'CONNECTION_EXISTS' });
  expect(await failureOf(broker.get('unknown'))).toMatchObject({ reason: 'CONNECTION_NOT_FOUND' });
  expect(await failureOf(broker.get('fine', { subject: 'somebody' }))).toMatchObject({ violations: [{ field: 'subject' }] });
  expect(await failureOf(broker.get('fine', { grantId: 'x y' }))).toMatchObject({ violations: [{ field: 'grant_id' }] });
  expect(await failureOf(broker.ask((done) => broker.connections.Remove({ connectionId: 'fine' }, broker.as('admin'), done)))).toMatchObject({ violations: [{ field: 'secret_version' }] });
  expect(await failureOf(broker.ask((done) => broker.connections.Remove({ connectionId: 'fine', secretVersion: 2 }, broker.as('admin'), done)))).toMatchObject({ reason: 'SECRET_VERSION_CHANGED' });
  await broker.ask<unknown>((done) => broker.connections.Remove({ connectionId: 'fine', secretVersion: 1 }, broker.as('admin'), done));
  expect(await failureOf(broker.get('fine'))).toMatchObject({ reason: 'CONNECTION_NOT_FOUND' });
  await register('fine', good);
});

test('an address inside is refused when the connection is registered, however it is spelled; a name is judged when it is asked', async () => {
  const register = (tokenUrl: string, more: token.ConnectionSettings = {}): Promise<unknown> => broker.ask((done) => broker.connections.Register({
    connectionId: 'inside', settings: { issuer: 'PARTNER_SECRET', tokenUrl, clientId: 'key', ...more }, secret: 'a-secret',
  }, broker.as('admin'), done));
  for (const url of ['https://192.168.1.1/token', 'https://0xa000001/', 'https://169.254.169.254/latest', 'https://[::ffff:10.0.0.1]/', 'https://[fd00::1]/', 'http://8.8.8.8/']) {
    expect(await failureOf(register(url))).toMatchObject({ reason: 'INVALID_REQUEST', violations: [{ field: 'settings.token_url', description: expect.stringContaining('expected') as string }] });
  }
  expect(await failureOf(register('https://partner.example.com/', { issuer: 'OAUTH2_CLIENT_CREDENTIALS', oauth: { revocationUrl: 'https://10.0.0.1/revoke' } }))).toMatchObject({ violations: [{ field: 'settings.oauth.revocation_url' }] });
  await register('https://partner.example.com/token');
});

test('a 401 that is reported brings the next token; one for a token that was replaced before does not', async () => {
  const partner = await broker.connection('rejected');
  await broker.get('rejected');
  expect(await broker.ask((done) => broker.tokens.RejectToken({ connectionId: 'rejected', generation: 1 }, broker.as('gateway'), done))).toMatchObject({ currentGeneration: 0, retryIn: null });
  expect((await broker.get('rejected', { rejectedGeneration: 1 })).generation).toBe(2);
  expect((await broker.get('rejected', { rejectedGeneration: 1 })).generation).toBe(2);
  expect(await broker.ask((done) => broker.tokens.RejectToken({ connectionId: 'rejected', generation: 1 }, broker.as('gateway'), done))).toMatchObject({ currentGeneration: 2 });
  expect(partner.requests.count('mint')).toBe(2);
  expect(await failureOf(broker.get('rejected', { rejectedGeneration: 99 }))).toMatchObject({ reason: 'UNKNOWN_GENERATION' });
});

test('a token that must be good for longer than it is is refreshed first, but no token is minted for less than half of its life', async () => {
  const partner = await broker.connection('long');
  partner.turn({ lifetimeMs: 60_000 });
  expect((await broker.get('long')).generation).toBe(1);
  expect((await broker.get('long', { minTtl: { seconds: 3_600, nanos: 0 } })).generation).toBe(1);
  expect(partner.requests.count('mint')).toBe(1);
});

test('rotating the secret ends the token at once and closes an open breaker; suspending ends it until it is resumed', async () => {
  const partner = await broker.connection('turns');
  const first = await broker.get('turns');
  partner.apiSecret = 'another-secret';
  partner.revokeAll();
  partner.turn({ mintFault: '401', mintOauthError: 'invalid_client' });
  expect(await failureOf(broker.get('turns', { rejectedGeneration: 1 }))).toMatchObject({ reason: 'CONNECTION_BROKEN', metadata: { code: 'invalid_client' } });
  const { connection } = await broker.ask<token.GetConnectionResponse__Output>((done) => broker.connections.Get({ connectionId: 'turns' }, broker.as('admin'), done));
  expect(connection).toMatchObject({ breaker: 'OPEN', lastFailure: { class: 'permanent', code: 'invalid_client', status: 401 }, token: { generation: 1, endedBy: 'rejection' } });
  partner.turn({ mintFault: 'none' });
  expect(await failureOf(broker.ask((done) => broker.connections.RotateSecret({ connectionId: 'turns', secret: 'x', secretVersion: 7 }, broker.as('admin'), done)))).toMatchObject({ reason: 'SECRET_VERSION_CHANGED' });
  expect(await broker.ask((done) => broker.connections.RotateSecret({ connectionId: 'turns', secret: partner.apiSecret }, broker.as('admin'), done))).toMatchObject({ connection: { secretVersion: 2, breaker: 'CLOSED' } });
  const second = await broker.get('turns');
  expect(second.token).not.toBe(first.token);
  await broker.ask<unknown>((done) => broker.connections.Suspend({ connectionId: 'turns' }, broker.as('admin'), done));
  expect(await failureOf(broker.get('turns'))).toMatchObject({ reason: 'CONNECTION_SUSPENDED' });
  await broker.ask<unknown>((done) => broker.connections.Resume({ connectionId: 'turns' }, broker.as('admin'), done));
  expect((await broker.get('turns')).generation).toBe(3);
});

test('whoever watches hears of what there is, of every rotation and revocation, and once a second that it still hears; a gateway only of its servers', async () => {
  await broker.connection('watched', { serverIds: ['server-a'] });
  await broker.connection('watched-b', { serverIds: ['server-b'] });
  const heard: token.WatchTokensResponse__Output[] = [];
  const watch = broker.tokens.WatchTokens({}, broker.as('gateway-a'));
  watch.on('data', (message: token.WatchTokensResponse__Output) => heard.push(message)).on('error', () => {});
  await until(() => heard.some(({ inSync }) => inSync));
  const of = (): token.WatchTokensResponse__Output | undefined => heard.filter(({ connectionId }) => connectionId === 'watched').at(-1);
  expect(of()).toMatchObject({ generation: 0, endedGeneration: 0, state: 'ACTIVE', secretVersion: 1 });
  await broker.get('watched');
  await until(() => of()?.generation === 1);
  expect(of()?.endedGeneration).toBe(0);
  await broker.ask<unknown>((done) => broker.tokens.RevokeToken({ connectionId: 'watched' }, broker.as('admin'), done));
  await until(() => of()?.endedGeneration === 1);
  await broker.ask<unknown>((done) => broker.connections.RotateSecret({ connectionId: 'watched', secret: 'x' }, broker.as('admin'), done));
  await until(() => of()?.secretVersion === 2);
  await broker.ask<unknown>((done) => broker.connections.Suspend({ connectionId: 'watched' }, broker.as('admin'), done));
  await until(() => of()?.state === 'SUSPENDED');
  await until(() => heard.some(({ connectionId, inSync, heardAgo }) => connectionId === '' && !inSync && heardAgo !== null));
  expect(heard.filter(({ connectionId }) => connectionId === 'watched-b')).toEqual([]);
  watch.cancel();
});

test('from the moment that a suspension is answered the node that answered it serves no token of the connection', async () => {
  await broker.connection('on-and-off');
  for (let round = 0; round < 10; round += 1) {
    await broker.get('on-and-off');
    await broker.ask((done) => broker.connections.Suspend({ connectionId: 'on-and-off' }, broker.as('admin'), done));
    expect(await failureOf(broker.get('on-and-off'))).toMatchObject({ reason: 'CONNECTION_SUSPENDED' });
    await broker.ask((done) => broker.connections.Resume({ connectionId: 'on-and-off' }, broker.as('admin'), done));
  }
});

test('revoking more generations than there have been ends those that there are, and none that comes', async () => {
  await broker.connection('overdone');
  await broker.get('overdone');
  expect(await broker.ask<token.RevokeTokenResponse__Output>((done) => broker.tokens.RevokeToken({ connectionId: 'overdone', generation: 99 }, broker.as('admin'), done))).toMatchObject({ connectionIds: ['overdone'] });
  expect((await broker.get('overdone')).generation).toBe(2);
  expect((await broker.get('overdone')).generation).toBe(2);
});

test('a revocation names what it ended: of one connection, of the token itself, of everything', async () => {
  await broker.connection('leaked');
  await broker.connection('other');
  const [leaked] = await Promise.all([broker.get('leaked'), broker.get('other')]);
  const revoke = (request: token.RevokeTokenRequest): Promise<token.RevokeTokenResponse__Output> => broker.ask((done) => broker.tokens.RevokeToken(request, broker.as('admin'), done));
  expect(await revoke({ token: leaked.token })).toMatchObject({ connectionIds: ['leaked'], byValue: { tokens: [{ connectionId: 'leaked', generation: 1, newest: true, endedBefore: false }] } });
  expect(await revoke({ token: 'nobody’s' })).toMatchObject({ connectionIds: [], byValue: { tokens: [] } });
  expect((await broker.get('leaked')).generation).toBe(2);
  const { connectionIds } = await revoke({ all: true });
  expect(connectionIds).toEqual(expect.arrayContaining(['leaked', 'other']));
  expect((await broker.get('other')).generation).toBe(2);
  expect(await failureOf(revoke({}))).toMatchObject({ violations: [{ field: 'connection_id' }] });
  expect(await failureOf(revoke({ connectionId: 'other', all: true }))).toMatchObject({ violations: [{ field: 'connection_id' }] });
});

test('health, reflection and metrics need no credential; the decider’s services are not here', async () => {
  const http = `http://127.0.0.1:${broker.app.httpAddress!.port}`;
  expect((await fetch(`${http}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${http}/metrics`)).text()).toContain('nodejs_eventloop_lag');
  const decisions = decisionClient(`127.0.0.1:${broker.app.grpcAddress.port}`, credentials.createInsecure());
  await expect(broker.ask((done) => decisions.Decide({}, broker.as('gateway'), done as never))).rejects.toMatchObject({ code: 12 });
  decisions.close();
});

test('told to stop, it waits for the mint in flight, answers it, and refuses what comes after; started again it serves the same token', async () => {
  const partner = await broker.connection('stopping');
  const kept = await broker.get('stopping');
  partner.revokeAll();
  const release = partner.holdMints();
  const slow = broker.get('stopping', { rejectedGeneration: 1 });
  await until(() => partner.requests.count('mint') === 2);
  const stopped = broker.app.stop();
  release();
  expect((await slow).generation).toBe(2);
  expect(await stopped).toBe(true);
  broker.tokens.close();
  broker.connections.close();
  await broker.start();
  const after = await broker.get('stopping');
  expect(after.token).toBe((await slow).token);
  expect(after.token).not.toBe(kept.token);
  expect(partner.requests.count('mint')).toBe(2);
});

test('without the keyring that wraps its keys it does not start', async () => {
  const other = new TokenBrokerFixture(broker.databaseUrl);
  await expect(other.start({ KEYRING_FILE: `${other.folder}/none.json` })).rejects.toMatchObject({ reason: 'KEYRING_MISSING' });
  await expect(other.start()).rejects.toMatchObject({ reason: 'KEYRING_MISMATCH' });
  await other.remove();
});

test('nothing of a token or secret is in what it logged', () => {
  const text = broker.lines.join('\n');
  expect(text).toContain('"outcome":"minted"');
  expect(text).not.toContain('canary-fake');
  expect(text).not.toContain('another-secret');
});

test('how its partitions fare is told to admins and auditors, as a decider tells of its own', async () => {
  const client = clusterClient(broker.tokens.getChannel().getTarget(), credentials.createInsecure());
  try {
    for (const subject of ['admin', 'auditor']) {
      const found = await broker.ask<cluster.GetClusterResponse__Output>((done) => client.GetCluster({}, broker.as(subject), done));
      expect(found.nodes).toMatchObject([{ name: found.answeredBy, reachable: true, owned: 16 }]);
      expect(found.partitions.map(({ topic, partition, state, owner }) => [topic, partition, state, owner])).toEqual(Array.from({ length: 16 }, (_, partition) => ['docket.tokens', partition, 'SERVING', found.answeredBy]));
    }
    expect(await failureOf(broker.ask((done) => client.GetCluster({}, broker.as('gateway'), done)))).toMatchObject({ reason: 'ROLE_MISSING' });
  } finally {
    client.close();
  }
});
