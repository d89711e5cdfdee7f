import { createHash } from 'node:crypto';
import { jwtExp, slotMaterial, type ConnectionRecord } from '#access-token';
import { msOf, type token } from '#contracts';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { Secret } from '#platform';
import { cacheKeyOf, partitionOfKey } from '../cache/cache-key.js';
import { TokenCache, type Ask, type CacheEvent, type ServedToken, type SourcedToken } from '../cache/token-cache.js';
import type { TokenMinter, TokenOf } from '../minting/token-minter.js';
import type { TokenNode } from '../node/token-node.js';
import { assertMayHave, type Caller } from './caller.js';
import { invalid, sourcedOf } from './token.mapping.js';

export interface TokenDeskOptions {
  readonly node: TokenNode;
  readonly minter: TokenMinter;
  readonly runtime: Runtime;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onCacheEvent?: (event: CacheEvent) => void;
  /** A token came into this process's memory. */
  readonly onHeld?: (token: Secret, expiresInMs: number) => void;
}

/** What a request for a token comes to before any token is looked for. */
export interface Wanted {
  readonly connection: ConnectionRecord;
  readonly of: TokenOf;
  readonly slot: string;
}

/** Whose question the cache's source is asked for. */
interface Asked {
  readonly of: TokenOf;
  readonly caller: Caller;
  readonly request: token.GetTokenRequest__Output;
  readonly isStable: boolean;
}

/** Tokens for callers of this node: from its cache, else from the owner, which is this node or another one. */
export class TokenDesk {
  readonly cache: TokenCache<Asked>;
  readonly #o: TokenDeskOptions;

  constructor(options: TokenDeskOptions) {
    this.#o = options;
    const { node, runtime, random, onCacheEvent, onHeld } = options;
    this.cache = new TokenCache<Asked>({
      source: (_, ask, asked) => this.#source(ask, asked), runtime, random,
      lastHeardMs: (key) => node.heardMs(partitionOfKey(key)), isStable: (_, { isStable }) => isStable, ...(onCacheEvent && { onEvent: onCacheEvent }), ...(onHeld && { onHeld }),
    });
  }

  /** The connection and whose token of it is meant. Throws if there is none, or the caller may not have it. */
  wanted(request: token.GetTokenRequest__Output, { identity }: Caller): Wanted {
    const { connectionId } = request;
    const connection = this.#o.node.existing(identity.organisation, connectionId);
    assertMayHave(identity, connectionId, connection.settings);
    // Before any cache is asked, which hears of it a moment later.
    if (connection.status === 'suspended') throw new DocketError('failed_precondition', { reason: 'CONNECTION_SUSPENDED', message: `connection ${connectionId} is suspended` });
    const subject = subjectOf(request, connection, this.#o.runtime.wallMs());
    const scopes = scopesOf(request.scopes, connection);
    const slot = slotOf(request.subject, scopes);
    return { connection, slot, of: { tenant: identity.organisation, connectionId, slot, ...(subject && { subject }), ...(scopes.length > 0 && { scopes }) } };
  }

  /** At once, without a promise, where a cached token will do. Rejects with a DocketError. */
  get({ connection, of, slot }: Wanted, request: token.GetTokenRequest__Output, caller: Caller, signal?: AbortSignal): ServedToken | Promise<ServedToken> {
    const { rejectedGeneration } = request;
    if (rejectedGeneration < 0) throw invalid('rejected_generation', 'expected 0 or the generation of a token that this connection has had');
    const minTtlMs = minTtlOf(request);
    return this.cache.get(this.#keyOf(connection, slot), {
      context: { of, caller, request, isStable: connection.settings.static_stability }, minTtlMs, ...(rejectedGeneration > 0 && { rejectedGeneration }), ...(signal && { signal }),
    });
  }

  /** No token of the connection up to this generation is served by this node any more. */
  end(connection: ConnectionRecord, slot: string | null, generation: number): void {
    for (const one of slot === null ? connection.slots.keys() : [slot]) this.cache.end(this.#keyOf(connection, one), generation);
  }

  /** What was remembered of the connection's failures does not count any more. */
  forgive(connection: ConnectionRecord): void {
    for (const slot of new Set(['', ...connection.slots.keys()])) this.cache.forgive(this.#keyOf(connection, slot));
  }

  #keyOf({ connection_id, binding }: ConnectionRecord, slot: string): string {
    return cacheKeyOf(this.#o.node.partitionOf(connection_id), binding, slot);
  }

  async #source(ask: Ask, { of, caller, request }: Asked): Promise<SourcedToken> {
    const { node, minter } = this.#o;
    // Also one that ended otherwise: the owner may not have heard yet what this node has.
    const rejectedGeneration = ask.reason === 'rejected' || ask.reason === 'missing' ? ask.knownGeneration ?? 0 : 0;
    const elsewhere = { ...request, delivery: 'INJECT', rejectedGeneration };
    const got = await node.atOwner<SourcedToken | token.GetTokenResponse__Output>(of.connectionId, 'token', 'GetToken', elsewhere, caller.onward, true, () => minter.obtain(of, ask, caller.cause));
    return typeof got.token === 'string' ? sourcedOf(got as token.GetTokenResponse__Output) : got as SourcedToken;
  }
}

/** @param scopes beside the connection's own */
export function slotOf(subject: string, scopes: readonly string[] = []): string {
  return subject === '' && scopes.length === 0 ? '' : createHash('sha256').update(slotMaterial(subject, scopes)).digest('hex');
}

/** What was asked for beside the connection's own scopes, after a 403 that named it. Throws on what the connection may not ask for. */
export function scopesOf(asked: readonly string[], { settings }: Pick<ConnectionRecord, 'settings'>): string[] {
  const allowed = settings.oauth?.step_up_scopes ?? [];
  const more = [...new Set(asked)].filter((scope) => !settings.scopes.includes(scope));
  if (!more.every((scope) => allowed.includes(scope))) throw invalid('scopes', 'expected scopes that the connection was registered with, among them its step_up_scopes');
  return more.sort();
}

/** More than any token lives, and less than overflows. */
const MIN_TTL_MAX_MS = 400 * 86_400_000;

function minTtlOf({ minTtl }: Pick<token.GetTokenRequest__Output, 'minTtl'>): number {
  const ms = minTtl === null ? 0 : msOf(minTtl);
  if (!(ms >= 0)) throw invalid('min_ttl', 'expected 0 or how long the token should be good for at least');
  return Math.min(ms, MIN_TTL_MAX_MS);
}

const SUBJECT_CHARS_MAX = 512;
const SUBJECT_TOKEN_CHARS_MAX = 16_384;

function subjectOf(request: token.GetTokenRequest__Output, { settings }: ConnectionRecord, nowMs: number): TokenOf['subject'] {
  const { subject, subjectToken, subjectExpiresIn } = request;
  const exchanges = settings.issuer === 'oauth2-token-exchange';
  if (!exchanges && (subject !== '' || subjectToken !== '')) throw invalid('subject', 'expected none: this connection does not exchange tokens');
  if (!exchanges) return undefined;
  if (subject === '' || subject.length > SUBJECT_CHARS_MAX) throw invalid('subject', `expected 1 to ${SUBJECT_CHARS_MAX} characters that say whose token is exchanged`);
  if (subjectToken === '' || subjectToken.length > SUBJECT_TOKEN_CHARS_MAX) throw invalid('subject_token', `expected the token to exchange, at most ${SUBJECT_TOKEN_CHARS_MAX} characters`);
  const exp = jwtExp(subjectToken);
  const remainingMs = subjectExpiresIn !== null ? msOf(subjectExpiresIn) : typeof exp === 'number' ? exp * 1_000 - nowMs : undefined;
  if (remainingMs === undefined) throw invalid('subject_expires_in', 'expected how long the subject token is good for, since it is no JWT that says so');
  return { token: new Secret(subjectToken), remainingMs };
}

export function deliveryOf({ delivery }: Pick<token.GetTokenRequest__Output, 'delivery'>): Exclude<token.Delivery__Output, 'DELIVERY_UNSPECIFIED'> {
  // A number that the proto does not name arrives as a number.
  if (typeof delivery !== 'string') throw invalid('delivery', 'expected one of those that the API names');
  return delivery === 'DELIVERY_UNSPECIFIED' ? 'INJECT' : delivery;
}

/** What the connection was registered for; everything else is refused. */
export function assertDelivery(delivery: token.Delivery__Output, { settings, connection_id }: ConnectionRecord): void {
  const refused = delivery === 'REVEAL' ? settings.delivery !== 'reveal' : delivery === 'WRAP' ? settings.delivery === 'inject' : false;
  if (refused) {
    throw new DocketError('permission_denied', {
      reason: 'DELIVERY_NOT_ALLOWED', message: `tokens of connection ${connection_id} are not handed over this way: it is registered with delivery ${settings.delivery}`,
    });
  }
}
