import type { Metadata } from '@grpc/grpc-js';
import type { Access } from '#access';
import { accessTokenMachine, type ConnectionRecord, type ConnectionSettings, type TokenCommand } from '#access-token';
import type { token } from '#contracts';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { asDocketError, Secret, type Logger } from '#platform';
import type { Role } from '#registry';
import { urlProblem } from '#upstream';
import { ISSUERS_ON_LOOPBACK } from '../issuers/guarded-fetch.js';
import { secretProblem } from '../issuers/oauth/client-secret.js';
import type { TokenNode } from '../node/token-node.js';
import type { TokenVault } from '../vault/token-vault.js';
import { callerOf, type Caller } from './caller.js';
import { bindingOf, connectionOf, settingsOf } from './connection.mapping.js';
import type { TokenApiOptions, UnaryCall } from './token-api.js';
import { invalid } from './token.mapping.js';

export interface ConnectionApiOptions {
  readonly node: TokenNode;
  readonly vault: TokenVault;
  /** What this node remembers of a connection's failures is out of date. */
  readonly onEdited: (connection: ConnectionRecord) => void;
  /** Whether issuers may be on this machine: for trials. */
  readonly issuersOnLoopback: boolean;
  readonly access: Access;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly onFailed: TokenApiOptions['onFailed'];
}

const ADMIN: readonly Role[] = ['admin'];
/** Asked twice, they would answer that it is there already. */
const MAKES_SOMETHING: readonly string[] = ['Register', 'RotateSecret'];
const READERS: readonly Role[] = ['admin', 'auditor'];
/** A private key of 4,096 bits in PEM has some 3,300 characters. */
const SECRET_BYTES_MAX = 16_384;
const PAGE_DEFAULT = 100;
const PAGE_MAX = 500;

/** docket.token.v1.ConnectionService behind its transport. Edits run on the owner of the connection's partition. */
export class ConnectionApi {
  readonly #o: ConnectionApiOptions;
  readonly #machine = accessTokenMachine();

  constructor(options: ConnectionApiOptions) {
    this.#o = options;
  }

  register(request: token.RegisterConnectionRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.RegisterConnectionResponse> {
    return this.#edit('Register', request, metadata, call, async (caller) => {
      const { connectionId } = request;
      const settings = settingsOf(request.settings);
      this.#mustLeadOutside(settings);
      const secretVersion = this.#o.node.nextSecretVersion(caller.identity.organisation, connectionId);
      const secretId = this.#o.runtime.randomHex(16);
      const binding = bindingOf(caller.identity.organisation, connectionId, settings, secretVersion);
      const command = { type: 'RegisterConnection' as const, ...this.#common(connectionId, caller), settings, secret_id: secretId, secret_version: secretVersion, binding };
      await this.#withSecret(request.secret, settings, command, caller);
      return { connection: this.#shown(connectionId, caller) };
    });
  }

  rotateSecret(request: token.RotateSecretRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.RotateSecretResponse> {
    return this.#edit('RotateSecret', request, metadata, call, async (caller) => {
      const { connectionId } = request;
      const { settings, secret_version: present } = this.#existing(connectionId, caller);
      const secretVersion = (request.secretVersion || present) + 1;
      const command = {
        type: 'RotateSecret' as const, ...this.#common(connectionId, caller), secret_id: this.#o.runtime.randomHex(16), secret_version: secretVersion,
        binding: bindingOf(caller.identity.organisation, connectionId, settings, secretVersion),
      };
      await this.#withSecret(request.secret, settings, command, caller);
      return { connection: this.#shown(connectionId, caller) };
    });
  }

  suspend(request: token.SuspendConnectionRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.SuspendConnectionResponse> {
    return this.#simple('Suspend', 'SuspendConnection', request, metadata, call);
  }

  resume(request: token.ResumeConnectionRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.ResumeConnectionResponse> {
    return this.#simple('Resume', 'ResumeConnection', request, metadata, call);
  }

  resetBreaker(request: token.ResetBreakerRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.ResetBreakerResponse> {
    return this.#simple('ResetBreaker', 'ResetBreaker', request, metadata, call);
  }

  remove(request: token.RemoveConnectionRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.RemoveConnectionResponse> {
    return this.#edit('Remove', request, metadata, call, async (caller) => {
      const { connectionId, secretVersion } = request;
      if (secretVersion <= 0) throw invalid('secret_version', 'expected the version of the secret that you have seen, from Get or List');
      await this.#o.node.submit(connectionId, { type: 'RemoveConnection', ...this.#common(connectionId, caller), secret_version: secretVersion }, caller.onward);
      return {};
    });
  }

  get(request: token.GetConnectionRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.GetConnectionResponse> {
    return this.#serve('Get', READERS, metadata, call, async (caller) => {
      const { connectionId } = request;
      const shown = async (): Promise<token.GetConnectionResponse> => ({ connection: this.#shown(connectionId, caller) });
      // The owner may know of it before this node has heard.
      return this.#o.node.canTell(caller.identity.organisation, connectionId) ? shown() : this.#o.node.atOwner(connectionId, 'connection', 'Get', request, caller.onward, true, shown);
    });
  }

  list(request: token.ListConnectionsRequest__Output, metadata: Metadata, call: UnaryCall): Promise<token.ListConnectionsResponse> {
    return this.#serve('List', READERS, metadata, call, async (caller) => {
      const { pageSize, pageToken } = request;
      if (pageSize < 0 || pageSize > PAGE_MAX) throw invalid('page_size', `expected 0 to ${PAGE_MAX}`);
      const after = this.#o.node.list(caller.identity.organisation).filter(({ connection_id: id }) => id > pageToken);
      const page = after.slice(0, pageSize || PAGE_DEFAULT);
      const nowMs = this.#o.runtime.wallMs();
      return { connections: page.map((connection) => connectionOf(connection, nowMs, this.#o.node.addressOf(connection.connection_id))), nextPageToken: page.length < after.length ? page.at(-1)!.connection_id : '' };
    });
  }

  #simple(method: string, type: 'SuspendConnection' | 'ResumeConnection' | 'ResetBreaker', request: { readonly connectionId: string }, metadata: Metadata, call: UnaryCall): Promise<{ connection: token.Connection }> {
    return this.#edit(method, request, metadata, call, async (caller) => {
      const { connectionId } = request;
      await this.#o.node.submit(connectionId, { type, ...this.#common(connectionId, caller) }, caller.onward);
      return { connection: this.#shown(connectionId, caller) };
    });
  }

  /** Seals the secret before the log names it; asks first whether the command would be refused, so that nothing is sealed for nothing. */
  async #withSecret(secret: string, settings: ConnectionSettings, command: Extract<TokenCommand, { readonly secret_id: string }>, caller: Caller): Promise<void> {
    const { node, vault } = this.#o;
    const bytes = Buffer.byteLength(secret);
    if (bytes === 0 || bytes > SECRET_BYTES_MAX) throw invalid('secret', `found ${bytes} bytes, expected 1 to ${SECRET_BYTES_MAX}`);
    const { tenant, connection_id: connectionId } = command;
    const refusal = node.refusalOf((state) => this.#machine.decide(state, command, { nowMs: this.#o.runtime.wallMs() }), connectionId);
    if (refusal) throw refusal;
    const problem = secretProblem(settings, new Secret(secret));
    if (problem !== undefined) throw invalid('secret', problem);
    await vault.put({ tenant, connectionId, kind: 'secret', version: command.secret_id }, new Secret(secret));
    await node.submit(connectionId, command, caller.onward);
  }

  /** Said now, not at the first mint. What a name stands for is judged at each request: it may change. */
  #mustLeadOutside({ token_url, oauth }: ConnectionSettings): void {
    for (const [field, url] of [['token_url', token_url], ['oauth.revocation_url', oauth?.revocation_url ?? '']] as const) {
      const problem = url === '' ? undefined : urlProblem(url, this.#o.issuersOnLoopback, ISSUERS_ON_LOOPBACK);
      if (problem !== undefined) throw invalid(`settings.${field}`, problem);
    }
  }

  #shown(connectionId: string, caller: Caller): token.Connection {
    return connectionOf(this.#existing(connectionId, caller), this.#o.runtime.wallMs(), this.#o.node.addressOf(connectionId));
  }

  #existing(connectionId: string, { identity }: Caller): ConnectionRecord {
    return this.#o.node.existing(identity.organisation, connectionId);
  }

  #common(connectionId: string, { identity, cause }: Caller) {
    return { tenant: identity.organisation, connection_id: connectionId, ...cause };
  }

  /** An admin's call, on the owner. */
  #edit<A>(method: string, request: { readonly connectionId: string }, metadata: Metadata, call: UnaryCall, run: (caller: Caller) => Promise<A>): Promise<A> {
    return this.#serve(method, ADMIN, metadata, call, async (caller) => {
      const { connectionId } = request;
      const answer = await this.#o.node.atOwner<A>(connectionId, 'connection', method, request, caller.onward, !MAKES_SOMETHING.includes(method), () => run(caller));
      const connection = this.#o.node.find(caller.identity.organisation, connectionId);
      if (connection) this.#o.onEdited(connection);
      return answer;
    });
  }

  async #serve<A>(method: string, roles: readonly Role[], metadata: Metadata, call: UnaryCall, run: (caller: Caller) => Promise<A>): Promise<A> {
    try {
      return await run(callerOf(this.#o.access.require(metadata, roles), metadata, call.getDeadline()));
    } catch (cause) {
      const error: DocketError = asDocketError(cause, this.#o.logger);
      this.#o.onFailed(method, error);
      throw error;
    }
  }
}
