import { DocketError } from '#errors';
import { Secret } from '#platform';
import { Broker, CAUSE, OF, ScriptedIssuer, SETTINGS } from '../fixtures/broker.fixture.js';
import { FakeRuntime, settled } from '../fixtures/fake-runtime.fixture.js';
import type { SourcedToken } from '../cache/token-cache.js';
import type { MintRequest, MintResult } from '../issuers/issuer.js';
import type { TokenMinter } from './token-minter.js';

/** An issuer whose refresh tokens are good for one use, and end for good when one is used twice. */
class RotatingIssuer extends ScriptedIssuer {
  present = 'refresh-0';
  isEnded = false;
  /** When set, answers wait for it; what they hand out is handed out all the same. */
  gate: Promise<void> | undefined;
  active = 0;

  override async mint(request: MintRequest): Promise<MintResult> {
    this.requests.push(request);
    if (this.active > 0) throw new Error('two refreshes at once');
    this.active += 1;
    try {
      if (this.isEnded || request.secret.reveal() !== this.present) {
        this.isEnded = true;
        return { kind: 'failed', failure: { class: 'permanent', code: 'invalid_grant', status: 400 }, retryAfterMs: null, detail: '' };
      }
      this.present = `refresh-${this.requests.length}`;
      const minted = this.minted({ renewedSecret: new Secret(this.present) });
      await this.gate;
      return minted;
    } finally {
      this.active -= 1;
    }
  }
}

let runtime: FakeRuntime;
let issuer: RotatingIssuer;
let broker: Broker;

beforeEach(async () => {
  runtime = new FakeRuntime();
  issuer = new RotatingIssuer();
  broker = await Broker.of(runtime, issuer as ScriptedIssuer, { settings: { ...SETTINGS, issuer: 'oauth2-refresh-token', auth_method: 'none' }, secret: 'refresh-0' });
  broker = Object.assign(broker, { minter: broker.minterOf({ issuers: { 'oauth2-refresh-token': issuer } }) });
});

const minterOf = (owner: string): TokenMinter => broker.minterOf({ owner: owner.repeat(16), issuers: { 'oauth2-refresh-token': issuer } });
const obtain = (knownGeneration: number | null = null, minter = broker.minter, slot = ''): Promise<SourcedToken> =>
  minter.obtain({ ...OF, ...(slot !== '' && { slot }) }, { knownGeneration, reason: knownGeneration === null ? 'missing' : 'rejected' }, CAUSE);
const failureOf = (promise: Promise<unknown>): Promise<DocketError> => promise.then(() => { throw new Error('expected an error'); }, (error: DocketError) => error);
const secretInForce = async (): Promise<string | undefined> =>
  (await broker.vault.get({ ...OF, kind: 'secret', version: broker.log.describe(OF.tenant, OF.connectionId)!.secret_id }))?.reveal();

test('the new refresh token is in the vault before the access token is in the log, and is used next', async () => {
  broker.log.onCommand = (command) => {
    if (command.type === 'FinishMint') expect([...broker.vault.rows.values()].map((secret) => secret.reveal())).toContain(issuer.present);
  };
  await obtain();
  await obtain(1);
  await runtime.advance(40_000);
  expect(await secretInForce()).toBe(issuer.present);
  expect(issuer.isEnded).toBe(false);
});

test('a revocation during the mint costs the access token, not the refresh token', async () => {
  let open = (): void => {};
  issuer.gate = new Promise((resolve) => (open = resolve));
  const discarded = failureOf(obtain());
  await settled();
  await broker.log.submit({ type: 'RevokeToken', ...broker.common, slot: null, generation: null });
  issuer.gate = undefined;
  open();
  expect(await discarded).toMatchObject({ reason: 'TOKEN_DISCARDED' });
  expect(broker.log.count('SecretRenewed')).toBe(1);
  expect((await obtain()).generation).toBe(1);
  expect(issuer.isEnded).toBe(false);
});

test('a secret that an operator sets meanwhile stays: the late refresh token does not take its place', async () => {
  let open = (): void => {};
  issuer.gate = new Promise((resolve) => (open = resolve));
  const discarded = failureOf(obtain());
  await settled();
  const secret_id = 'ab'.repeat(16);
  await broker.vault.put({ ...OF, kind: 'secret', version: secret_id }, new Secret('set by an operator'));
  await broker.log.submit({ type: 'RotateSecret', ...broker.common, secret_id, secret_version: 2, binding: '0c'.repeat(32) });
  open();
  await discarded;
  expect(await secretInForce()).toBe('set by an operator');
});

test('an answer that comes after everybody gave up still brings its refresh token, and the next mint waits for it', async () => {
  let open = (): void => {};
  issuer.gate = new Promise((resolve) => (open = resolve));
  const gaveUp = failureOf(obtain());
  await settled();
  await runtime.advance(10_000);
  expect(await gaveUp).toMatchObject({ metadata: { code: 'timeout' } });
  await runtime.advance(6_000);
  issuer.gate = undefined;
  const next = obtain();
  await settled();
  expect(issuer.requests).toHaveLength(1);
  open();
  expect((await next).generation).toBe(1);
  expect([issuer.requests.map(({ secret }) => secret.reveal()), issuer.isEnded]).toEqual([['refresh-0', 'refresh-1'], false]);
});

test('mints of several slots take turns, each with the refresh token that the one before brought', async () => {
  const got = await Promise.all(['', '1'.repeat(64), '2'.repeat(64), '3'.repeat(64)].map((slot) => obtain(null, broker.minter, slot)));
  expect(new Set(got.map(({ generation }) => generation)).size).toBe(4);
  expect(issuer.isEnded).toBe(false);
  expect(await secretInForce()).toBe(issuer.present);
});

test('a new owner finds the refresh token of a mint that got no further than the vault, and uses it', async () => {
  const { put } = broker.vault;
  // The first owner is lost between the two rows.
  broker.vault.put = (address, value) => (address.kind === 'token' ? new Promise(() => {}) : put.call(broker.vault, address, value));
  void obtain();
  await settled();
  broker.vault.put = put;
  expect((await obtain(null, minterOf('b'))).generation).toBe(1);
  expect(issuer.isEnded).toBe(false);
  expect(broker.log.count('SecretRenewed')).toBe(1);
});

test('an owner that is replaced during a slow refresh leaves its refresh token where the new owner finds it when the issuer refuses the old one', async () => {
  // This issuer is lenient: it refuses a used refresh token and ends nothing.
  let open = (): void => {};
  issuer.gate = new Promise((resolve) => (open = resolve));
  const first = failureOf(obtain());
  await settled();
  broker.log.onCommand = (command) => {
    if ('mint_id' in command && command.mint_id === broker.log.describe(OF.tenant, OF.connectionId)!.slots.get('')?.minting?.mint_id && command.type === 'FinishMint') throw new DocketError('unavailable', { reason: 'NEWER_OWNER', message: 'replaced', metadata: { outcome: 'not_decided' } });
    if (command.type === 'RenewSecret') throw new DocketError('unavailable', { reason: 'NEWER_OWNER', message: 'replaced', metadata: { outcome: 'not_decided' } });
  };
  issuer.gate = undefined;
  open();
  await settled();
  await runtime.advance(5_000);
  expect(await first).toMatchObject({ reason: 'NEWER_OWNER' });
  for (const name of broker.vault.rows.keys()) if (name.includes('|token|')) broker.vault.rows.delete(name);
  broker.log.onCommand = () => {};
  await broker.log.submit({ type: 'RevokeToken', ...broker.common, slot: null, generation: null });
  const { mint } = issuer;
  issuer.mint = async (request) => {
    const result = await mint.call(issuer, request);
    issuer.isEnded = false;
    return result;
  };
  expect((await obtain(null, minterOf('b'))).generation).toBe(1);
  expect(await secretInForce()).toBe(issuer.present);
});

test('with the vault away the new refresh token is kept in memory, nothing is minted with the old one, and it is stored when the vault is back', async () => {
  const { put } = broker.vault;
  let isAway = true;
  broker.vault.put = (address, value) => (isAway ? Promise.reject(new DocketError('unavailable', { reason: 'VAULT_UNAVAILABLE', message: 'away' })) : put.call(broker.vault, address, value));
  expect(await failureOf(obtain())).toMatchObject({ metadata: { code: 'vault_unavailable' } });
  await runtime.advance(5_000);
  expect(await failureOf(obtain())).toMatchObject({ metadata: { code: 'vault_unavailable' } });
  expect(issuer.requests).toHaveLength(1);
  isAway = false;
  await runtime.advance(60_000);
  expect((await obtain()).generation).toBe(1);
  expect(issuer.isEnded).toBe(false);
});

test('a refresh token that is really over opens the breaker, and nothing is deleted', async () => {
  issuer.isEnded = true;
  expect(await failureOf(obtain())).toMatchObject({ reason: 'CONNECTION_BROKEN', metadata: { code: 'invalid_grant' } });
  expect(issuer.requests).toHaveLength(1);
  expect(await secretInForce()).toBe('refresh-0');
});
