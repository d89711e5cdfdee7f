import { findConnection, NO_OAUTH_SETTINGS, type ConnectionSettings, type TokenCommand, type TokenReply } from '#access-token';
import type { RevocationRequest, RevocationResult } from '../issuers/issuer.js';
import { Broker, CAUSE, OF, ScriptedIssuer, SETTINGS } from '../fixtures/broker.fixture.js';
import { FakeRuntime, settled } from '../fixtures/fake-runtime.fixture.js';
import { UpstreamRevoker, type RevocationFacts } from './upstream-revoker.js';

class RevokingIssuer extends ScriptedIssuer {
  readonly revoked: string[] = [];
  readonly asked: RevocationRequest[] = [];
  answer: RevocationResult | 'silence' = { kind: 'revoked' };

  async revoke(request: RevocationRequest): Promise<RevocationResult> {
    this.asked.push(request);
    if (this.answer === 'silence') return new Promise(() => {});
    if (this.answer.kind === 'revoked') this.revoked.push(request.token.reveal());
    return this.answer;
  }
}

const failure = (status: number, fields: { code?: string; class?: 'transient' | 'permanent'; retryAfterMs?: number } = {}): RevocationResult =>
  ({ kind: 'failed', failure: { class: fields.class ?? 'transient', code: fields.code ?? `http_${status}`, status }, retryAfterMs: fields.retryAfterMs ?? null, detail: '' });
const OAUTH: ConnectionSettings = {
  ...SETTINGS, issuer: 'oauth2-client-credentials', auth_method: 'client_secret_basic', oauth: { ...NO_OAUTH_SETTINGS, revocation_url: 'https://issuer.example.com/revoke' },
};

let runtime: FakeRuntime;
let issuer: RevokingIssuer;
let broker: Broker<RevokingIssuer>;
let revoker: UpstreamRevoker;
let ledger: { submit(partition: number, command: TokenCommand): Promise<TokenReply> };
let facts: RevocationFacts[];
let isOwner: boolean;

function revokerOf(): UpstreamRevoker {
  return new UpstreamRevoker({
    vault: broker.vault, issuers: { 'oauth2-client-credentials': issuer }, runtime, random: () => 0.5, onOutcome: (fact) => facts.push(fact),
    owned: (tenant, connectionId) => (isOwner ? findConnection(broker.log.state, tenant, connectionId) : undefined),
  });
}

async function begin(settings = OAUTH): Promise<void> {
  runtime = new FakeRuntime();
  issuer = new RevokingIssuer();
  broker = await Broker.of(runtime, issuer, { settings });
  facts = [];
  isOwner = true;
  revoker = revokerOf();
  ledger = revoker.watching({ submit: (_partition: number, command: TokenCommand) => broker.log.submit(command) });
  revoker.start();
}

beforeEach(() => begin());

const minter = () => broker.minterOf({ issuers: { 'oauth2-client-credentials': issuer }, onDiscarded: (of, mintId, token, expiresAtMs) => void revoker.discard(of, mintId, token, expiresAtMs) });
const obtain = (slot = '') => minter().obtain({ ...OF, ...(slot !== '' && { slot }) }, { knownGeneration: null, reason: 'missing' }, CAUSE);
const revoke = (fields: { slot?: string | null; generation?: number | null } = {}) => ledger.submit(0, { type: 'RevokeToken', ...broker.common, slot: null, generation: null, ...fields });
const kinds = (): string[] => broker.vault.kinds;

test('what is revoked here is revoked at the issuer, after the log has it', async () => {
  const { token } = await obtain();
  await revoke();
  await runtime.advance(1);
  expect(issuer.revoked).toEqual([token.reveal()]);
  expect(kinds()).toEqual(['secret', 'token']);
  expect([facts, revoker.pending]).toMatchObject([[{ outcome: 'revoked' }], 0]);
});

test('a token that was replaced is revoked at its issuer, too: with all of its connection, or alone by its generation', async () => {
  const first = await obtain();
  const renew = (known: number) => minter().obtain(OF, { knownGeneration: known, reason: 'rejected' }, CAUSE);
  const second = await renew(1);
  await runtime.advance(31_000);
  const third = await renew(2);
  await revoke({ slot: '', generation: 1 });
  await runtime.advance(1);
  expect(issuer.revoked).toEqual([first.token.reveal()]);
  await revoke();
  await runtime.advance(1);
  expect(issuer.revoked.slice(1).sort()).toEqual([second.token.reveal(), third.token.reveal()].sort());
});

test.each(['CutOffGrant', 'EndHeldTokens'] as const)('by %s the tokens in a grant’s hands are revoked at their issuer, and no others', async (type) => {
  await begin({ ...OAUTH, delivery: 'reveal' });
  const held = await obtain();
  await ledger.submit(0, { type: 'RevealToken', ...broker.common, grant_id: 'grant-1', slot: '', generation: 1 });
  await obtain('1'.repeat(64));
  await ledger.submit(0, { type, ...broker.common, holder: 'grant-2' });
  await runtime.advance(1);
  expect(issuer.revoked).toEqual([]);
  await ledger.submit(0, { type, ...broker.common, holder: 'grant-1' });
  await runtime.advance(1);
  expect(issuer.revoked).toEqual([held.token.reveal()]);
});

test('a command that is refused ends no token that was replaced either', async () => {
  await obtain();
  await minter().obtain(OF, { knownGeneration: 1, reason: 'rejected' }, CAUSE);
  await expect(ledger.submit(0, { type: 'RemoveConnection', ...broker.common, secret_version: 9 })).rejects.toMatchObject({ reason: 'SECRET_VERSION_CHANGED' });
  await runtime.advance(61_000);
  expect([issuer.revoked, kinds()]).toEqual([[], ['secret', 'token', 'token']]);
});

test('an issuer that answers 503 is asked again, at the time it says, and the token counts as live there until it confirms', async () => {
  await obtain();
  issuer.answer = failure(503, { retryAfterMs: 7_000 });
  await revoke();
  await runtime.advance(6_999);
  expect([issuer.asked.length, revoker.pending, kinds()]).toEqual([1, 1, ['revocation', 'secret', 'token']]);
  await runtime.advance(60_000);
  expect(issuer.asked.length).toBeGreaterThan(3);
  issuer.answer = { kind: 'revoked' };
  await runtime.advance(60_000);
  expect([issuer.revoked.length, revoker.pending, kinds()]).toEqual([1, 0, ['secret', 'token']]);
  expect(facts.at(-1)).toMatchObject({ outcome: 'revoked' });
  expect(facts[0]).toMatchObject({ outcome: 'retry', code: 'http_503' });
});

test('while it is tried, the connection mints a new token, and only the old one is revoked', async () => {
  const old = await obtain();
  issuer.answer = failure(503);
  await revoke();
  await runtime.advance(10);
  const next = await obtain();
  issuer.answer = { kind: 'revoked' };
  await runtime.advance(60_000);
  expect(issuer.revoked).toEqual([old.token.reveal()]);
  expect(next.generation).toBe(2);
});

test('another process goes on where one was lost', async () => {
  await obtain();
  issuer.answer = 'silence';
  await revoke();
  await runtime.advance(1);
  await revoker.stop();
  issuer.answer = { kind: 'revoked' };
  const other = revokerOf();
  isOwner = false;
  other.start();
  await runtime.advance(31_000);
  expect(issuer.revoked).toEqual([]);
  isOwner = true;
  await runtime.advance(31_000);
  expect(issuer.revoked).toHaveLength(1);
  await other.stop();
});

test('a mint that is discarded because of a revocation is revoked at its issuer', async () => {
  issuer.script.push(async () => {
    await revoke();
    return issuer.minted();
  });
  await expect(obtain()).rejects.toMatchObject({ reason: 'TOKEN_DISCARDED' });
  await settled();
  await runtime.advance(1);
  expect(issuer.revoked).toHaveLength(1);
});

test.each<[string, () => Promise<unknown>]>([
  ['suspended', () => ledger.submit(0, { type: 'SuspendConnection', ...broker.common })],
  ['removed', () => ledger.submit(0, { type: 'RemoveConnection', ...broker.common, secret_version: 1 })],
])('all tokens of a connection that is %s are revoked, with what it was registered with', async (_, end) => {
  await obtain();
  await obtain('1'.repeat(64));
  await end();
  await runtime.advance(1);
  expect(issuer.revoked).toHaveLength(2);
  expect(issuer.asked[0]!.secret.reveal()).toContain('secret');
});

test('a command that the log refuses revokes nothing', async () => {
  await obtain();
  broker.log.onCommand = () => { throw new Error('the log is away'); };
  await expect(revoke()).rejects.toThrow('away');
  broker.log.onCommand = () => {};
  await runtime.advance(61_000);
  expect([issuer.asked, kinds()]).toEqual([[], ['secret', 'token']]);
});

test('one that the issuer never revokes is given up, one that it refuses is tried until the token is over', async () => {
  await obtain();
  issuer.answer = failure(400, { class: 'permanent', code: 'unsupported_token_type' });
  await revoke();
  await runtime.advance(1);
  expect([facts.at(-1), revoker.pending]).toMatchObject([{ outcome: 'refused' }, 0]);
  await obtain();
  issuer.answer = failure(401, { class: 'permanent', code: 'invalid_client' });
  await revoke();
  await runtime.advance(3_700_000);
  expect([facts.at(-1), revoker.pending]).toMatchObject([{ outcome: 'over' }, 0]);
  expect(issuer.asked.length).toBeLessThan(20);
});

test('a connection without a revocation address asks nobody and keeps nothing', async () => {
  await begin({ ...OAUTH, oauth: NO_OAUTH_SETTINGS });
  await obtain();
  await revoke();
  await runtime.advance(60_000);
  expect([issuer.asked, kinds()]).toEqual([[], ['secret', 'token']]);
});

test('an issuer that never answers holds nobody up for more than 10 s, and shutting down not at all', async () => {
  await obtain();
  issuer.answer = 'silence';
  await revoke();
  await runtime.advance(10_001);
  expect(facts).toMatchObject([{ outcome: 'retry', code: 'timeout' }]);
  await runtime.advance(1_000);
  expect(issuer.asked).toHaveLength(2);
  await expect(revoker.stop()).resolves.toBeUndefined();
});
