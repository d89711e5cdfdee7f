import pg from 'pg';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import type { token } from '#contracts';
import { failureOf, TokenBrokerFixture } from './fixtures/token-broker.fixture.js';

let postgres: ThrowawayPostgres;
let broker: TokenBrokerFixture;

const grant = (n: number): string => n.toString(16).padStart(32, '0');
const GOOD = grant(1);
const PATIENCE_MS = 60_000;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  broker = new TokenBrokerFixture(await postgres.createDatabase());
  await broker.registry({ admin: { roles: ['admin'] }, gateway: { roles: ['gateway'] } });
  await broker.issue(GOOD, grant(2), grant(3), grant(5), grant(6));
  await broker.start();
}, 300_000);

afterAll(async () => {
  await broker.remove();
  await postgres.stop();
}, 300_000);

const revoke = (request: token.RevokeTokenRequest): Promise<token.RevokeTokenResponse__Output> => broker.ask((done) => broker.tokens.RevokeToken(request, broker.as('admin'), done));
const restore = (request: token.RestoreGrantRequest, subject = 'admin'): Promise<token.RestoreGrantResponse__Output> => broker.ask((done) => broker.tokens.RestoreGrant(request, broker.as(subject), done));
const unwrap = (handle: string): Promise<token.UnwrapResponse__Output> => broker.ask((done) => broker.tokens.Unwrap({ handle }, broker.as('gateway'), done));

/** Asks until the grant is refused; fails with what it last got. */
async function untilRefused(get: () => Promise<unknown>): Promise<string> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const reason = await failureOf(get()).then((failure) => failure.reason, () => undefined);
    if (reason !== undefined) return reason;
    if (Date.now() > untilMs) throw new Error('the grant still gets tokens');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a grant that the registry does not know gets nothing: no token, no stand-in, no handle', async () => {
  await broker.connection('known', { delivery: 'REVEAL' });
  await broker.get('known', { grantId: GOOD });
  for (const delivery of ['INJECT', 'STAND_IN', 'WRAP', 'REVEAL', 'METADATA_ONLY'] as const) {
    expect(await failureOf(broker.get('known', { delivery, grantId: 'nonsense' }))).toMatchObject({ reason: 'GRANT_UNKNOWN' });
    expect(await failureOf(broker.get('known', { delivery, grantId: grant(99) }))).toMatchObject({ reason: 'GRANT_UNKNOWN' });
  }
  expect(await failureOf(revoke({ grantId: 'nonsense' }))).toMatchObject({ reason: 'GRANT_NOT_FOUND' });
  // Issued a moment ago, it is known.
  await broker.issue(grant(50));
  expect((await broker.get('known', { grantId: grant(50) })).generation).toBe(1);
});

test('a grant that is revoked in the registry gets nothing any more: not from the cache, by stand-in or handle; what it was handed has ended', async () => {
  const partner = await broker.connection('left', { delivery: 'REVEAL' });
  const { standIn } = await broker.get('left', { delivery: 'STAND_IN', grantId: grant(2) });
  const { handle } = await broker.get('left', { delivery: 'WRAP', grantId: grant(2) });
  const { token: shown } = await broker.get('left', { delivery: 'REVEAL', grantId: grant(2) });
  expect((await broker.get('left', { standIn, grantId: grant(2) })).token).toBe(shown);
  await broker.edit({ type: 'RevokeGrant', organisation: 'default', actor: 'spec', grant_id: grant(2) });
  expect(await untilRefused(() => broker.get('left', { grantId: grant(2) }))).toBe('GRANT_REVOKED');
  expect(await failureOf(broker.get('left', { standIn, grantId: grant(2) }))).toMatchObject({ reason: 'GRANT_REVOKED' });
  expect(await failureOf(unwrap(handle))).toMatchObject({ reason: 'GRANT_REVOKED' });
  expect(await failureOf(broker.get('left', { delivery: 'REVEAL', grantId: grant(2) }))).toMatchObject({ reason: 'GRANT_REVOKED' });
  const untilMs = Date.now() + PATIENCE_MS;
  let next = await broker.get('left', { grantId: GOOD });
  while (next.generation === 1 && Date.now() < untilMs) next = await broker.get('left', { grantId: GOOD });
  expect([next.generation, next.token === shown, partner.requests.count('mint')]).toEqual([2, false, 2]);
});

test('a grant that is cut off gets nothing of any connection, of none that is registered later, and something again once it is restored', async () => {
  await broker.connection('before', { delivery: 'REVEAL' });
  const { standIn } = await broker.get('before', { delivery: 'STAND_IN', grantId: grant(3) });
  const { token: shown } = await broker.get('before', { delivery: 'REVEAL', grantId: grant(3) });
  const answer = await revoke({ grantId: grant(3) });
  expect(answer).toMatchObject({ connectionIds: ['before'], byGrant: { isNew: true } });
  await broker.connection('afterwards', { delivery: 'REVEAL' });
  for (const id of ['before', 'afterwards']) {
    for (const delivery of ['INJECT', 'STAND_IN', 'WRAP', 'REVEAL'] as const) expect(await failureOf(broker.get(id, { delivery, grantId: grant(3) }))).toMatchObject({ reason: 'GRANT_CUT_OFF' });
  }
  expect(await failureOf(broker.get('before', { standIn, grantId: grant(3) }))).toMatchObject({ reason: 'GRANT_CUT_OFF' });
  const next = await broker.get('before', { grantId: GOOD });
  expect([next.generation, next.token === shown]).toEqual([2, false]);
  expect(await failureOf(restore({ grantId: grant(3) }, 'gateway'))).toMatchObject({ reason: 'ROLE_MISSING' });
  expect(await restore({ grantId: grant(3) })).toEqual({ restored: true });
  expect((await broker.get('afterwards', { grantId: grant(3) })).generation).toBe(1);
});

test('what was cut off stays so when the broker is started anew', async () => {
  await revoke({ grantId: grant(5) });
  await broker.stop();
  await broker.start();
  expect(await failureOf(broker.get('known', { grantId: grant(5) }))).toMatchObject({ reason: 'GRANT_CUT_OFF' });
  expect((await broker.get('known', { grantId: GOOD })).generation).toBe(1);
});

test('what is said to be a grant and is none is written down nowhere: it may be a token in the wrong place', async () => {
  const { token: value } = await broker.get('known');
  expect(await failureOf(broker.get('known', { grantId: value }))).toMatchObject({ reason: 'GRANT_UNKNOWN' });
  await broker.ask((done) => broker.tokens.RejectToken({ connectionId: 'known', generation: 1, grantId: value }, broker.as('gateway'), done));
  const client = new pg.Client({ connectionString: broker.databaseUrl });
  await client.connect();
  const { rows: log } = await client.query<{ text: string }>("SELECT convert_from(value, 'UTF8') AS text FROM ledger.record");
  await client.end();
  expect(log.filter(({ text }) => text.includes('TokenRejected.v1')).length).toBeGreaterThan(0);
  expect(log.filter(({ text }) => text.includes(value))).toEqual([]);
});

test('how long a token should be good for at least cannot be below 0', async () => {
  expect(await failureOf(broker.get('known', { minTtl: { seconds: -1, nanos: 0 } }))).toMatchObject({ reason: 'INVALID_REQUEST', violations: [{ field: 'min_ttl' }] });
  expect((await broker.get('known', { minTtl: { seconds: 315_576_000_000, nanos: 0 } })).token).not.toBe('');
});

test('a token that was replaced can be revoked by its value, and the answer says what became of it', async () => {
  await broker.connection('twice');
  const { token: first } = await broker.get('twice');
  const { token: second } = await broker.get('twice', { rejectedGeneration: 1 });
  expect(await revoke({ token: first })).toMatchObject({ connectionIds: ['twice'], byValue: { tokens: [{ connectionId: 'twice', generation: 1, newest: false, endedBefore: false, issuerTold: false }] } });
  expect((await broker.get('twice')).token).toBe(second);
  expect(await revoke({ token: first })).toMatchObject({ connectionIds: [], byValue: { tokens: [{ generation: 1, endedBefore: true }] } });
  expect(await revoke({ token: 'of-somebody-else' })).toMatchObject({ connectionIds: [], byValue: { tokens: [] } });
});
