import { inspect } from 'node:util';
import { DocketError } from '#errors';
import { Secret } from '#platform';
import { Broker, CANARY, CAUSE, OF, ScriptedIssuer, SECRET_ID } from '../fixtures/broker.fixture.js';
import { FakeRuntime, settled } from '../fixtures/fake-runtime.fixture.js';
import type { Ask, SourcedToken } from '../cache/token-cache.js';
import type { MintResult } from '../issuers/issuer.js';

let runtime: FakeRuntime;
let issuer: ScriptedIssuer;
let broker: Broker;

beforeEach(async () => {
  runtime = new FakeRuntime();
  issuer = new ScriptedIssuer();
  broker = await Broker.of(runtime, issuer);
});

const obtain = (ask: Partial<Ask> = {}, minter = broker.minter): Promise<SourcedToken> => minter.obtain(OF, { knownGeneration: null, reason: 'missing', ...ask }, CAUSE);
const errorOf = (promise: Promise<unknown>): Promise<DocketError> => promise.then(() => { throw new Error('expected an error'); }, (error: DocketError) => error);
/** An answer of the issuer that waits to be given. */
function held(): { give: (result: MintResult) => void } {
  const handle = { give: (_: MintResult): void => {} };
  issuer.script.push(() => new Promise((resolve) => (handle.give = resolve)));
  return handle;
}

test('a token is in the log and in the vault before anybody has it, and neither log nor errors hold it or the secret', async () => {
  broker.log.onCommand = (command) => {
    if (command.type === 'FinishMint') expect(broker.vault.kinds).toEqual(['secret', 'token']);
  };
  const { token, generation, expiresInMs } = await obtain();
  expect([token.reveal(), generation, expiresInMs]).toEqual([`${CANARY}token-1`, 1, 3_600_000]);
  expect(issuer.requests[0]!.secret.reveal()).toBe(`${CANARY}secret`);
  expect(broker.log.events.map(({ type }) => type)).toEqual(['ConnectionRegistered', 'MintStarted', 'TokenMinted']);
  expect(JSON.stringify(broker.log.events) + inspect([broker.log.state, broker.facts, token], { depth: 12 })).not.toContain(CANARY);
});

test('1,000 callers at once are one mint', async () => {
  const answer = held();
  const all = Promise.all(Array.from({ length: 1_000 }, () => obtain()));
  await settled();
  answer.give(issuer.minted());
  expect(new Set((await all).map(({ generation }) => generation))).toEqual(new Set([1]));
  expect(issuer.requests).toHaveLength(1);
  await obtain();
  expect(issuer.requests).toHaveLength(1);
});

test('a mint that the log did not accept is handed to nobody', async () => {
  broker.log.onCommand = (command) => {
    if (command.type === 'FinishMint') throw new DocketError('unavailable', { reason: 'NEWER_OWNER', message: 'another node claimed the partition', metadata: { outcome: 'not_decided' } });
  };
  expect(await errorOf(obtain())).toMatchObject({ kind: 'unavailable', reason: 'NEWER_OWNER' });
  expect(broker.log.count('TokenMinted')).toBe(0);
});

test('with the log down nothing is minted', async () => {
  broker.log.isDown = true;
  expect(await errorOf(obtain())).toMatchObject({ kind: 'unavailable' });
  expect(issuer.requests).toEqual([]);
});

test('a command whose outcome is unknown is sent again, with the same mint', async () => {
  const seen: string[] = [];
  broker.log.onCommand = (command) => {
    if (command.type !== 'BeginMint' && command.type !== 'FinishMint') return;
    seen.push(`${command.type} ${command.mint_id}`);
    if (seen.filter((one) => one === seen.at(-1)).length === 1) throw new DocketError('deadline_exceeded', { reason: 'OUTCOME_UNKNOWN', message: 'unknown', metadata: { outcome: 'unknown' } });
  };
  expect((await obtain()).generation).toBe(1);
  expect(new Set(seen).size).toBe(2);
  expect(seen).toHaveLength(4);
});

test('a mint ends after 10 s, whatever the issuer does, and its late answer is not used', async () => {
  const answer = held();
  const got = errorOf(obtain());
  await settled();
  await runtime.advance(9_999);
  expect(issuer.requests[0]!.signal.aborted).toBe(false);
  await runtime.advance(1);
  expect(await got).toMatchObject({ kind: 'unavailable', reason: 'ISSUER_UNAVAILABLE', metadata: { code: 'timeout' } });
  expect(issuer.requests[0]!.signal.aborted).toBe(true);
  answer.give(issuer.minted());
  await settled();
  expect(broker.log.count('TokenMinted')).toBe(0);
  expect(broker.vault.kinds).toEqual(['secret']);
});

test('a token that is revoked while it is minted is handed to nobody', async () => {
  const answer = held();
  const got = errorOf(obtain());
  await settled();
  await broker.log.submit({ type: 'RevokeToken', ...broker.common, slot: null, generation: null });
  answer.give(issuer.minted());
  expect(await got).toMatchObject({ reason: 'TOKEN_DISCARDED' });
  expect(broker.facts).toMatchObject([{ outcome: 'discarded' }]);
});

test("its life counts from when the request was sent, whatever the issuer's time", async () => {
  issuer.lifetimeS = 60;
  const answer = held();
  const got = obtain();
  await settled();
  await runtime.advance(4_000);
  answer.give(issuer.minted());
  expect(await got).toMatchObject({ expiresInMs: 56_000 });
});

test.each([
  ['missing', () => broker.vault.rows.clear(), 'secret_missing', 'failed_precondition'],
  ['not to be opened', () => { broker.vault.get = () => Promise.reject(new DocketError('data_loss', { reason: 'SEAL_BROKEN', message: 'broken' })); }, 'secret_unreadable', 'failed_precondition'],
  ['out of reach', () => { broker.vault.isAway = true; }, 'vault_unavailable', 'unavailable'],
])('with a secret that is %s nothing goes out', async (_, break_, code, kind) => {
  break_();
  expect(await errorOf(obtain())).toMatchObject({ kind, metadata: { code } });
  expect(issuer.requests).toEqual([]);
});

test('a token that could not be stored is handed to nobody', async () => {
  issuer.script.push(() => {
    broker.vault.isAway = true;
    return issuer.minted();
  });
  expect(await errorOf(obtain())).toMatchObject({ kind: 'unavailable', metadata: { code: 'vault_unavailable' } });
  expect(broker.log.count('TokenMinted')).toBe(0);
});

test('a new owner publishes what the old one had minted and stored, without another mint', async () => {
  broker.log.onCommand = (command) => {
    if (command.type === 'FinishMint') throw new DocketError('unavailable', { reason: 'NEWER_OWNER', message: 'replaced', metadata: { outcome: 'not_decided' } });
  };
  await errorOf(obtain());
  broker.log.onCommand = () => {};
  await runtime.advance(3_000);
  const next = broker.minterOf({ owner: 'b'.repeat(16) });
  expect(await obtain({}, next)).toMatchObject({ generation: 1, expiresInMs: 3_597_000 });
  expect(issuer.requests).toHaveLength(1);
});

test('a mint that the old owner did not finish is repeated once by the new one', async () => {
  held();
  void errorOf(obtain());
  await settled();
  const next = broker.minterOf({ owner: 'b'.repeat(16) });
  expect((await obtain({}, next)).generation).toBe(1);
  expect(broker.log.events.filter(({ type }) => type === 'MintStarted')).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
  expect(issuer.requests).toHaveLength(2);
});

test('an event without its row means: mint again', async () => {
  await obtain();
  for (const name of broker.vault.rows.keys()) if (name.includes('|token|')) broker.vault.rows.delete(name);
  expect((await obtain()).generation).toBe(2);
  expect(broker.log.count('TokenRevoked')).toBe(1);
});

test('a rotating refresh token is stored before its token is published, and used for the next mint', async () => {
  issuer.script.push(() => issuer.minted({ renewedSecret: new Secret(`${CANARY}renewed`) }));
  await obtain();
  await obtain({ knownGeneration: 1, reason: 'rejected' });
  expect(issuer.requests.map(({ secret }) => secret.reveal())).toEqual([`${CANARY}secret`, `${CANARY}renewed`]);
  expect(broker.log.describe('default', 'partner')!.secret_id).not.toBe(SECRET_ID);
});

test("an exchanged token is never used past its subject's", async () => {
  const subject = { token: new Secret('subject'), remainingMs: 90_000 };
  const got = await broker.minter.obtain({ ...OF, slot: '1'.repeat(64), subject }, { knownGeneration: null, reason: 'missing' }, CAUSE);
  expect(got.expiresInMs).toBe(90_000);
  expect(issuer.requests[0]!.subject).toBe(subject.token);
  const over = broker.minter.obtain({ ...OF, slot: '2'.repeat(64), subject: { ...subject, remainingMs: 999 } }, { knownGeneration: null, reason: 'missing' }, CAUSE);
  await expect(over).rejects.toMatchObject({ reason: 'SUBJECT_EXPIRED' });
  expect(issuer.requests).toHaveLength(1);
});

test('a failure is told with its kind and when to try again, and the log keeps both', async () => {
  issuer.script.push(() => ({ kind: 'failed', failure: { class: 'permanent', code: 'invalid_client', status: 401 }, retryAfterMs: null, detail: 'no such client' }));
  expect(await errorOf(obtain())).toMatchObject({ kind: 'failed_precondition', reason: 'CONNECTION_BROKEN', retryAfterMs: 300_000, metadata: { code: 'invalid_client', status: '401' } });
  expect(await errorOf(obtain())).toMatchObject({ kind: 'failed_precondition', reason: 'CONNECTION_BROKEN' });
  expect(broker.facts).toMatchObject([{ outcome: 'failed', detail: 'no such client' }]);
  expect(issuer.requests).toHaveLength(1);
});

test('an adapter that throws is a failed mint, and nothing of what it threw gets out', async () => {
  issuer.script.push(() => Promise.reject(new Error(`${CANARY}secret`, { cause: { headers: `${CANARY}secret` } })));
  const error = await errorOf(obtain());
  expect(error).toMatchObject({ reason: 'ISSUER_UNAVAILABLE', metadata: { code: 'connection_failed' } });
  expect(inspect([error, broker.facts, broker.log.events], { depth: 12, showHidden: true })).not.toContain(CANARY);
});

test('shutting down waits for the mints under way, at most so long', async () => {
  const answer = held();
  const got = obtain();
  await settled();
  let isDrained = false;
  const drained = broker.minter.drain(10_000).then(() => (isDrained = true));
  await settled();
  expect(isDrained).toBe(false);
  answer.give(issuer.minted());
  await drained;
  await got;
  held();
  void errorOf(obtain({ knownGeneration: 1, reason: 'rejected' }));
  await settled();
  const late = broker.minter.drain(5_000);
  await runtime.advance(5_000);
  await late;
  expect(runtime.timers).toBe(1);
});
