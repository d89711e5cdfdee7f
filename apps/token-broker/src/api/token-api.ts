import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { durationOf, type token } from '#contracts';
import type { Access } from '#access';
import type { Runtime } from '#ledger';
import { asDocketError, type Logger } from '#platform';
import type { Identity, Role } from '#registry';
import type { TokenChanges } from '../node/token-changes.js';
import { noSuchConnection, type TokenNode } from '../node/token-node.js';
import type { TokenVault } from '../vault/token-vault.js';
import { assertMayHave, callerOf, type Caller } from './caller.js';
import type { Handovers } from './handovers.js';
import { revokeTokens } from './revoke-tokens.js';
import { assertDelivery, deliveryOf, slotOf, type TokenDesk, type Wanted } from './token-desk.js';
import { invalid, servedResponse } from './token.mapping.js';
import { watchTokens, type WatchCall } from './watch-tokens.js';

export type UnaryCall = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline' | 'once'>;

export interface TokenApiOptions {
  readonly desk: TokenDesk;
  readonly node: TokenNode;
  readonly vault: Pick<TokenVault, 'fingerprint'>;
  readonly changes: TokenChanges;
  readonly handovers: Handovers;
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
    return this.#serve('GetToken', GATEWAY, metadata, call, request.grantId, async (caller) => {
      const { node, desk, handovers, runtime } = this.#o;
      const { connectionId } = request;
      // A connection that was registered a moment ago may be known to its owner alone.
      const isUnknown = node.find(caller.identity.organisation, connectionId) === undefined && !node.isHere(connectionId);
      if (isUnknown) return this.#handOn(connectionId, 'GetToken', request, caller);
      const wanted = desk.wanted(request, caller);
      const delivery = deliveryOf(request);
      assertDelivery(delivery, wanted.connection);
      if (request.standIn !== '') await handovers.assertStandIn(request.standIn, wanted.connection, caller);
      const isHandedOver = delivery !== 'INJECT' && delivery !== 'METADATA_ONLY';
      if (isHandedOver && !node.isHere(connectionId)) return this.#handOn(connectionId, 'GetToken', request, caller);
      const gone = new AbortController();
      call.once('cancelled', () => gone.abort());
      const got = desk.get(wanted, request, caller, gone.signal);
      const served = got instanceof Promise ? await got : got;
      const answer = { ...servedResponse(served, wanted.connection, runtime.wallMs()), ownerAddress: node.ownerAddress(connectionId) };
      if (delivery === 'INJECT') return { ...answer, token: served.token.reveal() };
      return delivery === 'METADATA_ONLY' ? answer : { ...answer, ...await handovers.handOver(delivery, wanted, served, caller) };
    });
  }

  rejectToken(request: token.RejectTokenRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.RejectTokenResponse> {
    return this.#serve('RejectToken', GATEWAY, metadata, call, request.grantId, async (caller) => {
      const { connectionId, generation } = request;
      if (generation <= 0) throw invalid('generation', 'expected the generation of a token that this connection has had');
      const answer = await this.#atOwner<token.RejectTokenResponse>('RejectToken', connectionId, request, caller, async () => {
        const { slot } = this.#mine(request, caller);
        const reply = await this.#o.node.submit(connectionId, { type: 'RejectToken', tenant: caller.identity.organisation, connection_id: connectionId, ...caller.cause, slot, generation }, caller.onward);
        if (reply.kind === 'token') return { currentGeneration: reply.token.generation };
        const retryInMs = reply.kind === 'rejected' && reply.retry_at_ms !== null ? reply.retry_at_ms - this.#o.runtime.wallMs() : 0;
        return retryInMs > 0 ? { currentGeneration: 0, retryIn: durationOf(retryInMs) } : { currentGeneration: 0 };
      });
      const connection = this.#o.node.find(caller.identity.organisation, connectionId);
      if (connection) this.#o.desk.end(connection, slotOf(request.subject), generation);
      return answer;
    });
  }

  revokeToken(request: token.RevokeTokenRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.RevokeTokenResponse> {
    return this.#serve('RevokeToken', ADMIN, metadata, call, '', (caller) => revokeTokens(this.#o, request, caller));
  }

  unwrap(request: token.UnwrapRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.UnwrapResponse> {
    return this.#serve('Unwrap', GATEWAY, metadata, call, '', async (caller) => {
      const connectionId = this.#o.handovers.connectionOf(request.handle);
      return this.#atOwner<token.UnwrapResponse>('Unwrap', connectionId, request, caller, async () => {
        const { connection } = this.#mine({ connectionId, subject: '' }, caller);
        return this.#o.handovers.unwrap(connection, request.handle, caller);
      });
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

  /** The connection and slot of a request that the caller may have, on the owner. */
  #mine({ connectionId, subject }: { readonly connectionId: string; readonly subject: string }, { identity }: Caller): Pick<Wanted, 'connection' | 'slot'> {
    const connection = this.#o.node.find(identity.organisation, connectionId);
    if (connection === undefined) throw noSuchConnection(connectionId);
    assertMayHave(identity, connectionId, connection.settings);
    return { connection, slot: slotOf(subject) };
  }

  #atOwner<A>(method: string, connectionId: string, request: object, caller: Caller, here: () => Promise<A>): Promise<A> {
    return this.#o.node.isHere(connectionId) ? here() : this.#handOn(connectionId, method, request, caller);
  }

  #handOn<A>(connectionId: string, method: string, request: object, caller: Caller): Promise<A> {
    return this.#o.node.handOn<A>(connectionId, 'token', method, request, caller.onward);
  }

  async #serve<A>(method: string, roles: readonly Role[], metadata: Metadata, call: UnaryCall, grantId: string, run: (caller: Caller) => Promise<A>): Promise<A> {
    try {
      const identity: Identity = this.#o.access.require(metadata, roles);
      return await run(callerOf(identity, metadata, call.getDeadline(), grantId));
    } catch (error) {
      throw this.#failed(method, error);
    }
  }

  #failed(method: string, cause: unknown): Error {
    const error = asDocketError(cause, this.#o.logger);
    this.#o.onFailed(method, error);
    return error;
  }
}
