import { DocketError } from '#errors';
import { NO_OAUTH_SETTINGS, type ConnectionSettings } from './model.js';
import { Partition, SETTINGS, begin, failed, finished, id32, register, reject, remove, renew, resume, rotate, suspend } from './fixtures/connection.js';

let partition: Partition;

beforeEach(() => {
  partition = new Partition().given(register());
});

test('registering the same connection again changes nothing, another one with its id is refused', () => {
  expect(partition.when(register())).toEqual({ kind: 'done', unchanged: true });
  expect(partition.when(register({ secret_id: id32(9) }))).toMatchObject({ kind: 'already_exists', reason: 'CONNECTION_EXISTS' });
});

test('a rotated secret ends the token that the old one got, and the next version is the only one accepted', () => {
  partition.mint(1);
  expect(partition.when(rotate(3))).toMatchObject({ reason: 'SECRET_VERSION_CHANGED', metadata: { secret_version: '1' } });
  expect(partition.when(rotate(2))).toEqual({ kind: 'done', unchanged: false });
  expect(partition.when(rotate(2))).toEqual({ kind: 'done', unchanged: true });
  expect(partition.when(begin(2))).toMatchObject({ kind: 'mint', secret_id: id32(2) });
  expect(partition.when(finished(2))).toMatchObject({ token: { generation: 2 } });
});

test('a suspended connection serves and mints nothing; resumed, it mints anew', () => {
  partition.mint(1);
  partition.given(suspend());
  expect(partition.when(begin(2))).toMatchObject({ kind: 'failed_precondition', reason: 'CONNECTION_SUSPENDED' });
  expect(partition.when(suspend())).toEqual({ kind: 'done', unchanged: true });
  partition.given(resume());
  expect(partition.when(begin(3))).toMatchObject({ kind: 'mint' });
});

test('a refresh token that an unpublished mint brought takes the place of the one that it used up, and of no other', () => {
  partition.given(begin(1), failed(1, { class: 'permanent', code: 'invalid_grant', status: 400 }));
  expect(partition.when(renew(1, 7))).toEqual({ kind: 'done', unchanged: false });
  expect(partition.when(renew(1, 7))).toEqual({ kind: 'done', unchanged: true });
  expect(partition.when(begin(2))).toMatchObject({ kind: 'mint', secret_id: id32(7) });
  partition.given(rotate(2));
  expect(partition.when(renew(7, 8))).toEqual({ kind: 'discarded' });
  expect(partition.connection()).toMatchObject({ secret_id: id32(2), secret_version: 2 });
});

test('a token stays good while the refresh token behind it is renewed', () => {
  partition.mint(1);
  partition.given(renew(1, 7));
  expect(partition.when(begin(2))).toMatchObject({ kind: 'token', token: { generation: 1 } });
});

test.each<[Partial<ConnectionSettings>, string]>([
  [{ auth_method: 'client_secret_basic' }, 'settings.auth_method'],
  [{ scopes: ['orders'] }, 'settings.scopes'],
  [{ audience: 'orders' }, 'settings.audience'],
  [{ oauth: NO_OAUTH_SETTINGS }, 'settings.oauth'],
  [{ issuer: 'oauth2-client-credentials' }, 'settings.auth_method'],
  [{ issuer: 'oauth2-client-credentials', auth_method: 'none' }, 'settings.auth_method'],
  [{ issuer: 'oauth2-token-exchange', auth_method: 'client_secret_basic', scopes: ['a'], oauth: { ...NO_OAUTH_SETTINGS, step_up_scopes: ['a'] } }, 'settings.oauth.step_up_scopes'],
  [{ issuer: 'oauth2-refresh-token', auth_method: 'none', oauth: { ...NO_OAUTH_SETTINGS, issuer_url: 'https://issuer.example.com' } }, 'settings.oauth.issuer_url'],
  [{ issuer: 'oauth2-refresh-token', auth_method: 'none', oauth: { ...NO_OAUTH_SETTINGS, revocation_url: 'https://issuer.example.com/?key=canary' } }, 'settings.oauth.revocation_url'],
])('settings that an issuer cannot follow are refused by their field: %j', (fields, field) => {
  const error = partition.when(register({ connection_id: 'other', settings: { ...SETTINGS, ...fields } })) as DocketError;
  expect(error).toMatchObject({ kind: 'invalid_argument', reason: 'INVALID_REQUEST' });
  expect(error.violations.map((one) => one.field)).toEqual([field]);
  expect(JSON.stringify([error.message, error.violations])).not.toContain('canary');
});

test.each<Partial<ConnectionSettings>>([
  { issuer: 'oauth2-client-credentials', auth_method: 'client_secret_post', scopes: ['a', 'b'], audience: 'orders' },
  { issuer: 'oauth2-refresh-token', auth_method: 'none' },
  { issuer: 'oauth2-token-exchange', auth_method: 'private_key_jwt', oauth: { issuer_url: 'https://issuer.example.com', revocation_url: 'https://issuer.example.com/revoke', resource: 'https://orders.example.com/mcp', step_up_scopes: ['b'], dpop: true } },
])('settings of an OAuth issuer are accepted: %j', (fields) => {
  expect(partition.when(register({ connection_id: 'other', settings: { ...SETTINGS, ...fields } }))).toEqual({ kind: 'done', unchanged: false });
});

test('nobody removes a connection whose secret somebody has just changed', () => {
  partition.given(rotate(2));
  expect(partition.when(remove(1))).toMatchObject({ reason: 'SECRET_VERSION_CHANGED' });
  expect(partition.when(remove(2))).toEqual({ kind: 'done', unchanged: false });
  expect(partition.when(begin(1))).toMatchObject({ reason: 'CONNECTION_NOT_FOUND' });
});

test('no failure removes a connection, however long it lasts', () => {
  for (let n = 1; n <= 60; n += 1) partition.given(begin(n), failed(n, { class: 'permanent', code: 'invalid_grant', status: 400 })).after(86_400_000);
  expect(partition.connection()).toMatchObject({ status: 'active', failing_days: 60 });
  expect(partition.count('ConnectionRemoved')).toBe(0);
});

test('a removed connection may be registered again, and nothing of the old one fits the new one', () => {
  partition.mint(1);
  partition.given(remove(1));
  expect(partition.when(register())).toMatchObject({ reason: 'SECRET_VERSION_CHANGED' });
  partition.given(register({ secret_id: id32(2), secret_version: 2 }));
  expect(partition.mint(2)).toMatchObject({ token: { generation: 2 } });
  expect(partition.when(reject(1))).toMatchObject({ kind: 'token', token: { generation: 2 } });
});

test('a partition holds a bounded number of connections', () => {
  const small = new Partition({ mintsPerMinuteMax: 10, connectionsMax: 1 }).given(register());
  expect(small.when(register({ connection_id: 'other' }))).toMatchObject({ kind: 'resource_exhausted', reason: 'CONNECTIONS_LIMIT' });
});

test('an address that could hold a secret does not get into an event', () => {
  for (const token_url of ['https://user:canary@partner.example.com/', 'https://partner.example.com/?key=canary', 'https://partner.example.com/#canary', 'file:///canary', 'canary']) {
    expect(partition.when(register({ connection_id: 'other', settings: { ...SETTINGS, token_url } }))).toMatchObject({ reason: 'INVALID_REQUEST' });
  }
});

test('what is malformed is refused by its fields, without their values', () => {
  const error = partition.when(register({ connection_id: 'has/slash', settings: { ...SETTINGS, token_url: 'canary\n' } })) as DocketError;
  expect(error).toMatchObject({ kind: 'invalid_argument', reason: 'INVALID_REQUEST' });
  expect([...new Set(error.violations.map(({ field }) => field))]).toEqual(['connection_id', 'settings.token_url']);
  expect(JSON.stringify([error.message, error.violations])).not.toContain('canary');
});
