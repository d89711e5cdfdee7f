import pg from 'pg';
import type { token } from '#contracts';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { failureOf, TokenBrokerFixture } from './fixtures/token-broker.fixture.js';

let postgres: ThrowawayPostgres;
let broker: TokenBrokerFixture;
let url: string;

const GRANT = '0'.repeat(32);
const ANOTHER = '1'.repeat(32);

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  url = await postgres.createDatabase();
  broker = new TokenBrokerFixture(url);
  await broker.registry({ admin: { roles: ['admin'] }, gateway: { roles: ['gateway'] }, 'gateway-b': { roles: ['gateway'], servers: ['server-b'] } });
  await broker.issue(GRANT, ANOTHER);
  await broker.start();
}, 300_000);

afterAll(async () => {
  await broker.remove();
  await postgres.stop();
}, 300_000);

const unwrap = (handle: string): Promise<token.UnwrapResponse__Output> => broker.ask((done) => broker.tokens.Unwrap({ handle }, broker.as('gateway'), done));
const revoke = (request: token.RevokeTokenRequest): Promise<token.RevokeTokenResponse__Output> => broker.ask((done) => broker.tokens.RevokeToken(request, broker.as('admin'), done));
const mask = (texts: string[]): Promise<token.MaskTokensResponse__Output> => broker.ask((done) => broker.tokens.MaskTokens({ texts }, broker.as('gateway'), done));

/** Events of a connection as they stand in the log. */
async function eventsOf(connectionId: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ text: string }>("SELECT convert_from(value, 'UTF8') AS text FROM ledger.record ORDER BY 1");
  await client.end();
  return rows.map(({ text }) => JSON.parse(text) as { type: string; subject?: string; data?: object; seq?: string }).filter(({ subject }) => subject === connectionId)
    .map(({ type, data, seq }): Record<string, unknown> => ({ ...data, type: type.split('.')[2], seq: Number(seq) })).sort((a, b) => Number(a['seq']) - Number(b['seq']));
}

async function untilLogged(connectionId: string, type: string): Promise<Record<string, unknown>> {
  for (;;) {
    const found = (await eventsOf(connectionId)).findLast((event) => event['type'] === type);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a handle brings the token once over the API; the second time it is denied, and the log says who tried', async () => {
  await broker.connection('wrapped', { delivery: 'WRAP' });
  const { token: plain } = await broker.get('wrapped');
  const { handle, token: none } = await broker.get('wrapped', { delivery: 'WRAP', grantId: GRANT });
  expect(none).toBe('');
  expect(await unwrap(handle)).toMatchObject({ token: plain, connectionId: 'wrapped', generation: 1, headerName: 'access-token' });
  expect(await failureOf(unwrap(handle))).toMatchObject({ reason: 'HANDLE_USED' });
  expect(await untilLogged('wrapped', 'AccessDenied')).toMatchObject({ action: 'unwrap', reason: 'HANDLE_USED', actor: 'gateway', grant_id: GRANT, denials: 1 });
  expect(await failureOf(broker.get('wrapped', { delivery: 'REVEAL' }))).toMatchObject({ reason: 'DELIVERY_NOT_ALLOWED' });
});

test('calls of the tool refresh_access_token within a token’s life reach the partner once; what the agent gets is a stand-in, which the gateway has the token for', async () => {
  const partner = await broker.connection('tool');
  const answers = await Promise.all(Array.from({ length: 60 }, () => broker.get('tool', { delivery: 'STAND_IN', grantId: GRANT })));
  expect(partner.requests.count('mint')).toBe(1);
  for (const { standIn, token: value, expiresAt } of answers) {
    expect({ standIn, value }).toEqual({ standIn: expect.stringMatching(/^si_tool_/), value: '' });
    expect(Number(expiresAt?.seconds)).toBeGreaterThan(0);
  }
  const { standIn } = answers[0]!;
  const real = await broker.get('tool', { standIn, grantId: GRANT });
  expect(real.token).toMatch(/^canary-fake/);
  expect(standIn).not.toContain(real.token);
  expect(await failureOf(broker.get('tool', { standIn, grantId: ANOTHER }))).toMatchObject({ reason: 'STAND_IN_UNKNOWN' });
  expect(await failureOf(unwrap(standIn))).toMatchObject({ reason: 'HANDLE_UNKNOWN' });
  const refreshed = await broker.get('tool', { standIn, grantId: GRANT, rejectedGeneration: 1 });
  expect(refreshed.generation).toBe(2);
  expect(partner.requests.entries.every(({ carriedToken }) => !carriedToken)).toBe(true);
  await revoke({ connectionId: 'tool' });
  expect(await failureOf(broker.get('tool', { standIn, grantId: GRANT }))).toMatchObject({ reason: 'STAND_IN_REVOKED' });
});

test('a connection that reveals hands the token over, each time with an event; a grant that is cut off loses it and gets nothing more', async () => {
  await broker.connection('revealed', { delivery: 'REVEAL' });
  const { token: plain } = await broker.get('revealed', { delivery: 'REVEAL', grantId: GRANT });
  expect(await untilLogged('revealed', 'TokenRevealed')).toMatchObject({ actor: 'gateway', grant_id: GRANT, generation: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await revoke({ connectionId: 'revealed', grantId: GRANT })).toMatchObject({ connectionIds: ['revealed'], byGrant: { isNew: true } });
  expect(await failureOf(broker.get('revealed', { grantId: GRANT }))).toMatchObject({ reason: 'GRANT_CUT_OFF' });
  const next = await broker.get('revealed', { grantId: ANOTHER });
  expect(next.generation).toBe(2);
  expect(next.token).not.toBe(plain);
});

test('living tokens are masked in results and errors of tools, in every spelling; the present one, the one before, and those of other connections', async () => {
  await broker.connection('masked');
  const first = await broker.get('masked');
  const second = await broker.get('masked', { rejectedGeneration: 1 });
  for (const value of [first.token, second.token]) {
    const { texts, masked } = await mask([`401: bad token ${value}`, JSON.stringify({ headers: { echo: [Buffer.from(value).toString('base64')] } }), 'nothing here']);
    expect({ masked, last: texts[2] }).toEqual({ masked: 2, last: 'nothing here' });
    expect(texts[0]).toBe('401: bad token ***');
  }
});

test('a gateway of other servers is denied, and the log says so once for all of it', async () => {
  await broker.connection('not-for-b');
  for (let n = 0; n < 5; n += 1) expect(await failureOf(broker.get('not-for-b', {}, 'gateway-b'))).toMatchObject({ reason: 'SERVER_NOT_ALLOWED' });
  expect(await untilLogged('not-for-b', 'AccessDenied')).toMatchObject({ action: 'get', reason: 'SERVER_NOT_ALLOWED', actor: 'gateway-b', denials: 1 });
  expect((await eventsOf('not-for-b')).filter(({ type }) => type === 'AccessDenied')).toHaveLength(1);
});

test('the metrics tell of gets, mints, ages, waits and 401s, without a connection, grant or token in a label', async () => {
  const text = await (await fetch(`http://127.0.0.1:${broker.app.httpAddress!.port}/metrics`)).text();
  for (const line of [/docket_token_gets_total\{how="hit"\} [1-9]/, /docket_token_mints_total\{reason="missing",outcome="minted"\} [1-9]/, /docket_token_mints_total\{reason="rejected",outcome="minted"\} [1-9]/,
    /docket_token_mint_seconds_count [1-9]/, /docket_token_age_seconds_count [1-9]/, /docket_token_wait_seconds_count [1-9]/, /docket_token_rejections_total\{generation="match"\} [1-9]/,
    /docket_token_served_remaining_seconds_min [1-9]/, /docket_token_served_expired_total\{static_stability="no"\} 0/, /docket_token_connections\{breaker="closed"\} [1-9]/, /docket_token_mint_rate_highest \d/]) expect(text).toMatch(line);
  const labels = [...text.matchAll(/docket_token_\w+\{([^}]*)\}/g)].map(([, found]) => found!);
  for (const secret of ['wrapped', 'masked', 'not-for-b', GRANT, 'canary']) expect(labels.filter((label) => label.includes(secret))).toEqual([]);
});

test('what was served is in the log when the process ends: counted, with the gateway and the grant that had it', async () => {
  await broker.connection('counted');
  for (let n = 0; n < 25; n += 1) await broker.get('counted', { grantId: n < 20 ? '' : GRANT });
  await broker.stop();
  const events = (await eventsOf('counted')).filter(({ type }) => type === 'TokenServed');
  expect(events).toMatchObject([{ actor: 'gateway', grant_id: '', served: 20, generation: 1 }, { actor: 'gateway', grant_id: GRANT, served: 5, generation: 1 }]);
  await broker.start();
});
