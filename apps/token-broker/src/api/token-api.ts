import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { AccessDenied, ConnectionRecord } from '#access-token';
import { durationOf, msOf, type token } from '#contracts';
import type { Access } from '#access';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { asDocketError, type Logger, type Onward } from '#platform';
import type { Identity, Role } from '#registry';
import type { ServedToken } from '../cache/token-cache.js';
import { dpopKeyOf } from '../issuers/oauth/dpop-key.js';
import type { BrokerMetrics } from '../metrics/broker-metrics.js';
import type { TokenChanges } from '../node/token-changes.js';
import type { TokenNode } from '../node/token-node.js';
import type { TokenScanner } from '../scanner/token-scanner.js';
import type { UsageReporter } from '../usage/usage-reporter.js';
import type { TokenVault } from '../vault/token-vault.js';
import type { GrantAccess } from '../grants/grant-access.js';
import { handOverNewest } from '../handles/hand-over-newest.js';
import { assertMayHave, callerOf, type Caller } from './caller.js';
import type { Handovers } from './handovers.js';
import { restoreGrant, revokeTokens } from './revoke-tokens.js';
import { assertDelivery, deliveryOf, scopesOf, slotOf, type TokenDesk, type Wanted } from './token-desk.js';
import { invalid, servedResponse } from './token.mapping.js';
import { watchTokens, type WatchCall } from './watch-tokens.js';

export type UnaryCall = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline' | 'once'>;

export interface TokenApiOptions {
  readonly desk: TokenDesk;
  readonly node: TokenNode;
  readonly vault: Pick<TokenVault, 'tokenFingerprint' | 'fingerprint'>;
  readonly changes: TokenChanges;
  readonly handovers: Handovers;
  readonly grants: GrantAccess;
  readonly scanner: Pick<TokenScanner, 'mask'>;
  readonly usage: Pick<UsageReporter<Onward>, 'served' | 'denied'>;
  readonly metrics: Pick<BrokerMetrics, 'served' | 'rejected' | 'masked'>;
  readonly access: Access;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly draining: AbortSignal;
  /** What a call ended with, for metrics. */
  readonly onFailed: (method: string, error: Error & { readonly kind: string; readonly reason: string }) => void;
}

const GATEWAY: readonly Role[] = ['gateway'];
const ADMIN: readonly Role[] = ['admin'];
const WATCHERS: readonly Role[] = ['gateway', 'admin', 'auditor'];

/** docket.token.v1.TokenService behind its transport: who asks, for what, and which node answers. */
export class TokenApi {
  readonly #o: TokenApiOptions;

  constructor(options: TokenApiOptions) {
    this.#o = options;
  }

  getToken(request: token.GetTokenRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.GetTokenResponse> {
    return this.#serve('GetToken', GATEWAY, metadata, call, request, (caller) => {
      const { connectionId } = request;
      const give = (): Promise<token.GetTokenResponse> => this.#give(request, caller, call);
      // A connection that was registered a moment ago may be known to its owner alone.
      return this.#o.node.canTell(caller.identity.organisation, connectionId) ? give() : this.#atOwner('GetToken', connectionId, request, caller, give);
    });
  }

  rejectToken(request: token.RejectTokenRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.RejectTokenResponse> {
    return this.#serve('RejectToken', GATEWAY, metadata, call, request, async (asked) => {
      const caller = this.#ofKnownGrant(asked);
      const { connectionId, generation } = request;
      if (generation <= 0) throw invalid('generation', 'expected the generation of a token that this connection has had');
      const answer = await this.#atOwner<token.RejectTokenResponse>('RejectToken', connectionId, request, caller, async () => {
        const { connection: mine, slot } = this.#mine(request, caller);
        this.#noteRejection({ connection: mine, slot }, generation, caller);
        const reply = await this.#o.node.submit(connectionId, { type: 'RejectToken', tenant: caller.identity.organisation, connection_id: connectionId, ...caller.cause, slot, generation }, caller.onward);
        if (reply.kind === 'token') return { currentGeneration: reply.token.generation };
        const retryInMs = reply.kind === 'rejected' && reply.retry_at_ms !== null ? reply.retry_at_ms - this.#o.runtime.wallMs() : 0;
        return retryInMs > 0 ? { currentGeneration: 0, retryIn: durationOf(retryInMs) } : { currentGeneration: 0 };
      });
      const connection = this.#o.node.find(caller.identity.organisation, connectionId);
      if (connection) this.#o.desk.end(connection, slotOf(request.subject, scopesOf(request.scopes, connection)), generation);
      return answer;
    });
  }

  revokeToken(request: token.RevokeTokenRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.RevokeTokenResponse> {
    return this.#serve('RevokeToken', ADMIN, metadata, call, {}, (caller) => revokeTokens(this.#o, request, caller));
  }

  restoreGrant(request: token.RestoreGrantRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.RestoreGrantResponse> {
    return this.#serve('RestoreGrant', ADMIN, metadata, call, {}, (caller) => restoreGrant(this.#o, request, caller));
  }

  unwrap(request: token.UnwrapRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.UnwrapResponse> {
    const about: { connectionId?: string } = {};
    return this.#serve('Unwrap', GATEWAY, metadata, call, about, async (caller) => {
      const connectionId = this.#o.handovers.connectionOf(request.handle);
      about.connectionId = connectionId;
      return this.#atOwner<token.UnwrapResponse>('Unwrap', connectionId, request, caller, async () => {
        const { connection } = this.#mine({ connectionId, subject: '', scopes: [] }, caller);
        return this.#o.handovers.unwrap(connection, request.handle, caller);
      });
    });
  }

  reportUsage(request: token.ReportUsageRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.ReportUsageResponse> {
    return this.#serve('ReportUsage', GATEWAY, metadata, call, { grantId: request.grantId }, async (asked) => {
      const caller = this.#ofKnownGrant(asked);
      const { connectionId, slot, generation, served, leastRemaining, action, reason, denials } = request;
      return this.#atOwner('ReportUsage', connectionId, request, caller, async () => {
        const connection = this.#o.node.existing(caller.identity.organisation, connectionId);
        const who = { tenant: caller.identity.organisation, connection_id: connectionId, ...caller.cause };
        if (denials > 0) await this.#o.node.submit(connectionId, { type: 'ReportDenied', ...who, action: action as AccessDenied['action'], reason, denials }, caller.onward);
        else {
          assertMayHave(caller.identity, connectionId, connection.settings);
          const leastMs = leastRemaining === null ? 0 : Math.floor(msOf(leastRemaining));
          await this.#o.node.submit(connectionId, { type: 'ReportServed', ...who, slot, generation, served, least_remaining_ms: leastMs }, caller.onward);
        }
        return {};
      });
    });
  }

  maskTokens({ texts }: token.MaskTokensRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.MaskTokensResponse> {
    return this.#serve('MaskTokens', GATEWAY, metadata, call, {}, async ({ identity }) => {
      const masked = await this.#o.scanner.mask(identity.organisation, texts);
      this.#o.metrics.masked(masked.masked);
      return masked;
    });
  }

  /** What changes of the tokens that the caller may see, until the call ends. */
  async *watchTokens(request: token.WatchTokensRequest__Output, call: WatchCall): AsyncGenerator<token.WatchTokensResponse, void, undefined> {
    const cancelled = new AbortController();
    call.once('cancelled', () => cancelled.abort());
    try {
      const identity = this.#o.access.require(call.metadata, WATCHERS);
      const signal = AbortSignal.any([cancelled.signal, this.#o.draining]);
      yield* watchTokens(this.#o, identity, request, () => this.#o.access.require(call.metadata, WATCHERS), signal);
    } catch (error) {
      throw this.#failed('WatchTokens', error);
    }
  }

  async #give(request: token.GetTokenRequest__Output, caller: Caller, call: UnaryCall): Promise<token.GetTokenResponse> {
    const { node, desk, handovers, runtime } = this.#o;
    const { connectionId } = request;
    const wanted = desk.wanted(request, caller);
    const delivery = deliveryOf(request);
    await this.#o.grants.assertGood(caller.identity.organisation, caller.cause.grant_id);
    assertNotCutOff(wanted.connection, caller);
    assertDelivery(delivery, wanted.connection);
    if (request.standIn !== '') await handovers.assertStandIn(request.standIn, wanted.connection, caller);
    const isHandedOver = delivery !== 'INJECT' && delivery !== 'METADATA_ONLY';
    if (isHandedOver && !node.isHere(connectionId)) return this.#handOn(connectionId, 'GetToken', request, caller);
    const gone = new AbortController();
    call.once('cancelled', () => gone.abort());
    this.#noteRejection(wanted, request.rejectedGeneration, caller);
    const answerOf = (served: ServedToken): token.GetTokenResponse => ({ ...servedResponse(served, wanted.connection, runtime.wallMs()), ownerAddress: node.ownerAddress(connectionId) });
    if (delivery !== 'INJECT' && delivery !== 'METADATA_ONLY') {
      return handOverNewest({
        get: () => this.#served(wanted, request, caller, gone.signal), end: (generation) => desk.end(wanted.connection, wanted.slot, generation),
        give: async (served) => ({ ...answerOf(served), ...await handovers.handOver(delivery, wanted, served, caller) }),
      });
    }
    const got = this.#served(wanted, request, caller, gone.signal);
    const served = got instanceof Promise ? await got : got;
    return delivery === 'METADATA_ONLY' ? answerOf(served) : { ...answerOf(served), token: served.token.reveal(), ...(await this.#dpopKey(wanted.connection)) };
  }

  /** The connection and slot of a request that the caller may have, on the owner. */
  #mine({ connectionId, subject, scopes }: { readonly connectionId: string; readonly subject: string; readonly scopes: readonly string[] }, { identity }: Caller): Pick<Wanted, 'connection' | 'slot'> {
    const connection = this.#o.node.existing(identity.organisation, connectionId);
    assertMayHave(identity, connectionId, connection.settings);
    return { connection, slot: slotOf(subject, scopesOf(scopes, connection)) };
  }

  /** What a gateway needs beside the token to use it, where tokens are bound to a key. */
  async #dpopKey({ tenant, connection_id: connectionId, settings }: ConnectionRecord): Promise<{ dpopKey?: string }> {
    return settings.oauth?.dpop === true ? { dpopKey: (await dpopKeyOf(this.#o.vault, { tenant, connectionId })).reveal() } : {};
  }

  #atOwner<A>(method: string, connectionId: string, request: object, caller: Caller, here: () => Promise<A>): Promise<A> {
    return this.#o.node.atOwner(connectionId, 'token', method, request, caller.onward, method !== 'Unwrap', here);
  }

  #handOn<A>(connectionId: string, method: string, request: object, caller: Caller): Promise<A> {
    return this.#o.node.handOn<A>(connectionId, 'token', method, request, caller.onward);
  }

  /** What is no grant of the registry is not written down: it may be a token in the wrong place. */
  #ofKnownGrant(caller: Caller): Caller {
    const isKnown = this.#o.grants.refusalOf(caller.identity.organisation, caller.cause.grant_id)?.reason !== 'GRANT_UNKNOWN';
    return isKnown ? caller : { ...caller, cause: { ...caller.cause, grant_id: '' } };
  }

  /** At once, without a promise, where a cached token will do; counted either way. */
  #served(wanted: Wanted, request: token.GetTokenRequest__Output, caller: Caller, signal: AbortSignal): ServedToken | Promise<ServedToken> {
    const { desk, runtime } = this.#o;
    const startedAtMs = runtime.monotonicMs();
    const note = (served: ServedToken, waitedMs: number | null): ServedToken => {
      this.#noteServed(wanted, served, caller, waitedMs);
      return served;
    };
    const got = desk.get(wanted, request, caller, signal);
    return got instanceof Promise ? got.then((served) => note(served, runtime.monotonicMs() - startedAtMs)) : note(got, null);
  }

  /** 401s by whether they concern the token that is served now; by the node that was told of them, not by those it asks. */
  #noteRejection({ connection, slot }: Pick<Wanted, 'connection' | 'slot'>, generation: number, { onward }: Caller): void {
    if (generation <= 0 || onward.hops > 0) return;
    const present = connection.slots.get(slot)?.token;
    this.#o.metrics.rejected(present?.generation === generation && present.ended_by === null);
  }

  #noteServed({ connection, slot, of }: Wanted, served: ServedToken, caller: Caller, waitedMs: number | null): void {
    const { lifeMs, expiresInMs, generation } = served;
    this.#o.metrics.served({ ageMs: lifeMs - expiresInMs, remainingMs: expiresInMs, waitedMs, isStable: connection.settings.static_stability });
    // What another node asks for it hands out, and counts, itself.
    if (caller.onward.hops === 0) this.#o.usage.served(of, slot, generation, expiresInMs, caller.cause, caller.onward);
  }

  async #serve<A>(
    method: string, roles: readonly Role[], metadata: Metadata, call: UnaryCall, about: { readonly grantId?: string; readonly connectionId?: string; readonly delivery?: token.Delivery__Output; readonly standIn?: string },
    run: (caller: Caller) => Promise<A>,
  ): Promise<A> {
    let caller: Caller | undefined;
    try {
      const identity: Identity = this.#o.access.require(metadata, roles);
      caller = callerOf(identity, metadata, call.getDeadline(), about.grantId);
      return await run(caller);
    } catch (cause) {
      const error = this.#failed(method, cause);
      const tenant = caller?.identity.organisation;
      const { connectionId } = about;
      // For the log: who wanted what he may not have, of a connection that there is. What the owner has written down is not counted twice.
      if (caller && tenant !== undefined && connectionId !== undefined && error.kind === 'permission_denied' && error.metadata['recorded'] === undefined
        && caller.onward.hops === 0 && this.#o.node.find(tenant, connectionId)) {
        this.#o.usage.denied({ tenant, connectionId }, actionOf(method, about), error.reason, this.#ofKnownGrant(caller).cause, caller.onward);
      }
      throw error;
    }
  }

  #failed(method: string, cause: unknown): DocketError {
    const error = asDocketError(cause, this.#o.logger);
    this.#o.onFailed(method, error);
    return error;
  }
}

function assertNotCutOff({ connection_id, cut_off }: ConnectionRecord, { cause }: Caller): void {
  if (!cut_off.has(cause.grant_id)) return;
  throw new DocketError('permission_denied', { reason: 'GRANT_CUT_OFF', message: `connection ${connection_id} gives nothing to this grant any more` });
}

function actionOf(method: string, { delivery, standIn }: { readonly delivery?: token.Delivery__Output; readonly standIn?: string }): AccessDenied['action'] {
  if (method === 'Unwrap') return 'unwrap';
  if (method === 'RejectToken') return 'reject';
  if (delivery === 'STAND_IN' || standIn !== undefined && standIn !== '') return 'stand_in';
  return delivery === 'WRAP' ? 'wrap' : delivery === 'REVEAL' ? 'reveal' : 'get';
}
