import { classify, lifetimeOf, type Cause, type ConnectionCommand, type ConnectionSettings, type MintFailure, type MintReason, type TokenReply, type TokenView } from '#access-token';
import { DocketError } from '#errors';
import type { Secret } from '#platform';
import type { Ask, SourcedToken } from '../cache/token-cache.js';
import type { MintResult, TokenIssuer } from '../issuers/issuer.js';
import { dpopKeyOf } from '../issuers/oauth/dpop-key.js';
import { askIssuer, type Asked } from './ask-issuer.js';
import { errorOf } from './mint-errors.js';
import { RenewedSecrets } from './renewed-secrets.js';
import { secretOf } from './secret-of.js';
import { packToken, unpackToken, type StoredToken } from './stored-token.js';
import type { MintFacts, TokenMinterOptions, TokenOf } from './token-minter.options.js';
import { Turns } from './turns.js';

export type { MintFacts, TokenMinterOptions, TokenOf } from './token-minter.options.js';

interface Begun {
  readonly reason: MintReason;
  readonly of: TokenOf;
  readonly slot: string;
  readonly cause: Cause;
  readonly mintId: string;
  readonly secretId: string;
}

const MINT_LIMIT_MS = 10_000;
/** How long an answer that may hold a new refresh token is waited for: by nobody but the connection's next mint. */
const LATE_LIMIT_MS = 30_000;
const SOON_MS = 100;
/** What is exchanged for less would be over on arrival. */
const SUBJECT_MIN_MS = 1_000;

/**
 * The owner's side of a token: asks the log whether one must be minted, calls the issuer between MintStarted and TokenMinted,
 * and puts the token into the vault before the log hears of it. A token that the log did not accept is handed to nobody.
 */
export class TokenMinter {
  readonly #o: TokenMinterOptions;
  readonly #flights = new Map<string, Promise<SourcedToken>>();
  readonly #turns = new Turns();
  readonly #renewed: RenewedSecrets;

  constructor(options: TokenMinterOptions) {
    this.#o = options;
    this.#renewed = new RenewedSecrets({ vault: options.vault, runtime: options.runtime, submit: (command) => this.#submit(command) });
  }

  /** A token newer than the one known to the asker, minted if need be. Rejects with a DocketError. */
  async obtain(of: TokenOf, ask: Ask, cause: Cause): Promise<SourcedToken> {
    if (of.subject && of.subject.remainingMs < SUBJECT_MIN_MS) {
      throw new DocketError('invalid_argument', { reason: 'SUBJECT_EXPIRED', message: 'the token to exchange is over' });
    }
    if (ask.reason === 'rejected' && ask.knownGeneration !== null) await this.#reject(of, ask.knownGeneration, cause);
    const adopted = await this.#adopt(of, cause);
    return adopted ?? this.#begin(of, ask, cause, true);
  }

  /** For shutdown: waits for the mints under way, at most so long. */
  async drain(limitMs: number): Promise<void> {
    if (this.#flights.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#o.runtime.after(limitMs, resolve);
      void Promise.allSettled(this.#flights.values()).then(() => {
        cancel();
        resolve();
      });
    });
  }

  async #reject(of: TokenOf, generation: number, cause: Cause): Promise<void> {
    await this.#submit({ type: 'RejectToken', ...this.#common(of, cause), slot: of.slot ?? '', generation });
  }

  /** A former owner may have stored its token and been lost before the log heard of it: then nothing needs to be minted. */
  async #adopt(of: TokenOf, cause: Cause): Promise<SourcedToken | undefined> {
    const slot = of.slot ?? '';
    const unfinished = this.#o.describe(of.tenant, of.connectionId)?.slots.get(slot)?.minting;
    if (!unfinished || unfinished.owner === this.#o.owner) return undefined;
    const stored = await this.#stored(of, unfinished.mint_id);
    if (!stored) {
      // Or it got no further than the refresh token that came with it: the one before is used up.
      await this.#renewed.adopt(of, unfinished.mint_id, cause, this.#o.describe(of.tenant, of.connectionId)?.secret_id);
      return undefined;
    }
    const elapsedMs = Math.max(0, Math.floor(this.#o.runtime.wallMs() - stored.sent_at_ms));
    const reply = await this.#publish({ of, slot, cause, mintId: unfinished.mint_id }, stored, elapsedMs);
    return reply.kind === 'token' ? sourced(stored.token, reply.token, reply.now_ms) : undefined;
  }

  async #begin(of: TokenOf, ask: Ask, cause: Cause, mayRepeat: boolean): Promise<SourcedToken> {
    const slot = of.slot ?? '';
    const common = this.#common(of, cause);
    const mintId = this.#o.runtime.randomHex(16);
    const reply = await this.#submit({
      type: 'BeginMint', ...common, slot, known_generation: ask.knownGeneration, reason: ask.reason, mint_id: mintId, owner: this.#o.owner, mints_elsewhere: this.#o.mintsElsewhere?.(of.connectionId) ?? 0,
      ...(ask.minTtlMs !== undefined && { min_ttl_ms: Math.floor(ask.minTtlMs) }),
    });
    switch (reply.kind) {
      case 'token': {
        const stored = await this.#stored(of, reply.token.mint_id);
        if (stored) return sourced(stored.token, reply.token, reply.now_ms);
        // An event without its row: the token is lost, so nobody shall be told of it again.
        await this.#submit({ type: 'RevokeToken', ...common, slot, generation: reply.token.generation });
        if (mayRepeat) return this.#begin(of, ask, cause, false);
        throw soon('TOKEN_LOST', `the token of connection ${of.connectionId} is not in the vault`);
      }
      case 'minting': {
        const flight = this.#flights.get(reply.mint_id);
        if (flight) return flight;
        throw soon('MINT_UNDER_WAY', `a mint of connection ${of.connectionId} is under way`);
      }
      case 'mint': {
        const flight = this.#mint({ of, slot, cause, reason: reply.reason, mintId: reply.mint_id, secretId: reply.secret_id }).finally(() => this.#flights.delete(reply.mint_id));
        this.#flights.set(reply.mint_id, flight);
        return flight;
      }
      case 'refused':
        throw errorOf(reply, of.connectionId, this.#o.runtime.wallMs());
      default:
        throw new DocketError('internal', { reason: 'UNEXPECTED_REPLY', message: `a mint was answered with ${reply.kind}` });
    }
  }

  async #mint(begun: Begun): Promise<SourcedToken> {
    const { of } = begun;
    const startedAtMs = this.#o.runtime.monotonicMs();
    const settings = this.#o.describe(of.tenant, of.connectionId)?.settings;
    if (!settings) return this.#failed(begun, { class: 'transient', code: 'owner_changed', status: 0 }, null, '', startedAtMs);
    const issuer = this.#o.issuers[settings.issuer];
    if (!issuer) return this.#failed(begun, { class: 'permanent', code: 'issuer_not_supported', status: 0 }, null, '', startedAtMs);
    if (settings.issuer !== 'oauth2-refresh-token') return this.#mintWith(begun, issuer, settings, () => {});
    // A refresh token is good for one use: mints of its connection, of whatever slot, one after another, each with the newest.
    const name = `${of.tenant}/${of.connectionId}`;
    const end = await this.#turns.enter(name);
    if (this.#renewed.isKeeping(of)) {
      end();
      return this.#failed(begun, { class: 'transient', code: 'vault_unavailable', status: 0 }, null, '', startedAtMs);
    }
    const secretId = this.#o.describe(of.tenant, of.connectionId)?.secret_id ?? begun.secretId;
    return this.#mintWith({ ...begun, secretId }, issuer, settings, end);
  }

  /** @param end called when nothing of this mint can bring a new refresh token any more */
  async #mintWith(begun: Begun, issuer: TokenIssuer, settings: ConnectionSettings, end: () => void): Promise<SourcedToken> {
    const { of, cause } = begun;
    let late: Promise<unknown> = Promise.resolve();
    try {
      let { secretId } = begun;
      let secret = await secretOf(this.#o.vault, begun.of, secretId);
      const startedAtMs = this.#o.runtime.monotonicMs();
      if ('class' in secret) return await this.#failed(begun, secret, null, '', startedAtMs);
      let sentAtMs = this.#o.runtime.monotonicMs();
      let asked = this.#ask(issuer, settings, secret, of);
      late = this.#keepLate(begun, secretId, asked.late);
      let result = await asked.answer;
      const newer = isUsedUp(settings, result) ? await this.#renewed.newer(of, secretId, cause) : undefined;
      if (newer !== undefined) {
        // Another one was handed out, to a mint that could not say so.
        secretId = newer;
        secret = await secretOf(this.#o.vault, of, secretId);
        if ('class' in secret) return await this.#failed(begun, secret, null, '', startedAtMs);
        sentAtMs = this.#o.runtime.monotonicMs();
        asked = this.#ask(issuer, settings, secret, of);
        late = this.#keepLate(begun, secretId, asked.late);
        result = await asked.answer;
      }
      if (result.kind === 'failed') return await this.#failed(begun, result.failure, result.retryAfterMs, result.detail, sentAtMs);
      return await this.#finish({ ...begun, secretId }, settings, result, sentAtMs);
    } finally {
      void late.finally(end);
    }
  }

  /** Stores what the issuer gave, and has the log say so. A new refresh token is kept whatever becomes of the access token. */
  async #finish(begun: Begun, settings: ConnectionSettings, minted: Extract<MintResult, { kind: 'minted' }>, sentAtMs: number): Promise<SourcedToken> {
    const { of, secretId, mintId, cause } = begun;
    const sentAtWallMs = this.#o.runtime.wallMs() - this.#sinceMs(sentAtMs);
    // First of all: with a rotating refresh token the old one is dead already.
    const isKept = minted.renewedSecret === null || await this.#renewed.keep(of, mintId, secretId, minted.renewedSecret, cause);
    const lifetime = lifetimeOf(minted.claims, { sentAtMs: sentAtWallMs, responseDateMs: minted.responseDateMs }, settings.default_lifetime_ms, of.subject?.remainingMs);
    const renew = (): Promise<void> => (minted.renewedSecret === null || !isKept ? Promise.resolve() : this.#renewed.swap(of, secretId, mintId, cause));
    if (!isKept) return this.#failed(begun, { class: 'transient', code: 'vault_unavailable', status: 0 }, null, '', sentAtMs);
    if (!lifetime) {
      await renew();
      return this.#failed(begun, classify({ kind: 'expired', status: 200 }), null, '', sentAtMs);
    }
    let stored: StoredToken;
    try {
      stored = await this.#store(begun, minted, lifetime.lifetimeMs, sentAtWallMs);
    } catch {
      await renew();
      return this.#failed(begun, { class: 'transient', code: 'vault_unavailable', status: 0 }, null, '', sentAtMs);
    }
    const tookMs = this.#sinceMs(sentAtMs);
    const reply = await this.#publish(begun, stored, tookMs).catch(async (error: unknown) => {
      await renew();
      throw error;
    });
    if (reply.kind !== 'token') {
      await renew();
      if (reply.kind === 'discarded') this.#o.onDiscarded?.(of, mintId, stored.token, sentAtWallMs + lifetime.lifetimeMs);
      this.#note(begun, reply.kind === 'failed' ? { outcome: 'failed', failure: reply } : { outcome: 'discarded' }, tookMs);
      throw errorOf(reply, of.connectionId, this.#o.runtime.wallMs());
    }
    this.#note(begun, { outcome: 'minted' }, tookMs);
    return sourced(stored.token, reply.token, reply.now_ms);
  }

  /** What an answer brings for which nobody waits any more: the token is nobody's, but a refresh token is the only good one. */
  async #keepLate({ of, mintId, cause }: Begun, secretId: string, late: Promise<MintResult | undefined>): Promise<void> {
    const result = await late;
    if (result?.kind !== 'minted') return;
    if (result.renewedSecret && await this.#renewed.keep(of, mintId, secretId, result.renewedSecret, cause)) await this.#renewed.swap(of, secretId, mintId, cause);
    const lifetimeMs = lifetimeOf(result.claims, { sentAtMs: this.#o.runtime.wallMs(), responseDateMs: result.responseDateMs }, MINT_LIMIT_MS)?.lifetimeMs ?? 0;
    this.#o.onDiscarded?.(of, mintId, result.token, this.#o.runtime.wallMs() + lifetimeMs);
  }

  #ask(issuer: TokenIssuer, settings: ConnectionSettings, secret: Secret, of: TokenOf): Asked {
    const { runtime, mintLimitMs = MINT_LIMIT_MS, vault } = this.#o;
    const request = async () => ({
      settings, secret, ...(of.subject && { subject: of.subject.token }), ...(of.scopes && { stepUpScopes: of.scopes }),
      ...(settings.oauth?.dpop === true && { dpopKey: await dpopKeyOf(vault, of) }),
    });
    return askIssuer(issuer, request, { runtime, limitMs: mintLimitMs, lateLimitMs: settings.issuer === 'oauth2-refresh-token' ? LATE_LIMIT_MS : undefined });
  }

  async #store({ of, mintId }: Begun, minted: Extract<MintResult, { kind: 'minted' }>, lifetimeMs: number, sentAtWallMs: number): Promise<StoredToken> {
    const { tenant, connectionId } = of;
    const stored: StoredToken = {
      token: minted.token, fingerprint: await this.#o.vault.tokenFingerprint(tenant, minted.token), sent_at_ms: sentAtWallMs, lifetime_ms: lifetimeMs,
      refresh_in_ms: minted.refreshInMs, renewed_secret_id: minted.renewedSecret && mintId,
    };
    await this.#o.vault.put({ tenant, connectionId, kind: 'token', version: mintId }, packToken(stored));
    return stored;
  }

  async #publish({ of, slot, cause, mintId }: Omit<Begun, 'secretId' | 'reason'>, stored: StoredToken, elapsedMs: number): Promise<Extract<TokenReply, { kind: 'token' | 'failed' | 'discarded' }>> {
    const { fingerprint, lifetime_ms, refresh_in_ms, renewed_secret_id } = stored;
    const reply = await this.#submit({
      type: 'FinishMint', ...this.#common(of, cause), slot, mint_id: mintId, fingerprint, lifetime_ms, elapsed_ms: elapsedMs, refresh_in_ms, renewed_secret_id, random: this.#o.random(),
    });
    return reply.kind === 'token' || reply.kind === 'failed' ? reply : { kind: 'discarded' };
  }

  async #failed(begun: Begun, failure: MintFailure, retryAfterMs: number | null, detail: string, sinceMs: number): Promise<never> {
    const { of, slot, cause, mintId } = begun;
    const tookMs = this.#sinceMs(sinceMs);
    this.#note(begun, { outcome: 'failed', failure, detail }, tookMs);
    const reply = await this.#submit({
      type: 'FailMint', ...this.#common(of, cause), slot, mint_id: mintId, ...failure, retry_after_ms: retryAfterMs, elapsed_ms: tookMs, random: this.#o.random(),
    });
    throw errorOf(reply.kind === 'failed' ? reply : { kind: 'discarded' }, of.connectionId, this.#o.runtime.wallMs());
  }

  async #stored({ tenant, connectionId }: TokenOf, mintId: string): Promise<StoredToken | undefined> {
    const packed = await this.#o.vault.get({ tenant, connectionId, kind: 'token', version: mintId });
    return packed && unpackToken(packed);
  }

  /** Every command may be sent twice: one whose outcome is unknown is, so that a mint of ours does not stay open in the log. */
  #submit(command: ConnectionCommand): Promise<TokenReply> {
    return this.#o.submit(command).catch((error: unknown) => {
      if (error instanceof DocketError && error.metadata['outcome'] === 'unknown') return this.#o.submit(command);
      throw error;
    });
  }

  #common({ tenant, connectionId }: TokenOf, { actor, grant_id, trace_id }: Cause) {
    return { tenant, connection_id: connectionId, actor, grant_id, trace_id };
  }

  #note({ of, reason }: Begun, facts: Pick<MintFacts, 'outcome' | 'failure' | 'detail'>, tookMs: number): void {
    this.#o.onMint?.({ tenant: of.tenant, connectionId: of.connectionId, reason, ...facts, tookMs });
  }

  #sinceMs(startMs: number): number {
    return Math.floor(this.#o.runtime.monotonicMs() - startMs);
  }
}

function sourced(token: Secret, { generation, minted_at_ms, soft_at_ms, hard_at_ms, expires_at_ms }: TokenView, nowMs: number): SourcedToken {
  return { token, generation, softInMs: soft_at_ms - nowMs, hardInMs: hard_at_ms - nowMs, expiresInMs: expires_at_ms - nowMs, lifeMs: expires_at_ms - minted_at_ms };
}

/** The refresh token is not good any more: used, ended, or never one. */
function isUsedUp({ issuer }: ConnectionSettings, result: MintResult): boolean {
  return issuer === 'oauth2-refresh-token' && result.kind === 'failed' && result.failure.code === 'invalid_grant';
}

function soon(reason: string, message: string): DocketError {
  return new DocketError('unavailable', { reason, message, retryAfterMs: SOON_MS });
}
