import { randomBytes, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CANARY } from '../tokens.js';
import { ClientCheck, type ClientMethod } from './client.js';
import { DpopCheck } from './dpop.js';
import { Grants } from './grants.js';
import { DEFAULT_ISSUER_KNOBS, turnedIssuer, type IssuerKnobs } from './knobs.js';

export const TOKEN_PATH = '/oauth/token';
export const REVOCATION_PATH = '/oauth/revoke';
export const RESOURCE_PATH = '/resource';
const METADATA_PATH = '/.well-known/oauth-authorization-server';
const BODY_BYTES_MAX = 64 * 1024;
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** One request as the issuer saw it; no secret, no token. */
export interface IssuerRequestLogged {
  readonly kind: 'token' | 'revoke' | 'call' | 'other';
  readonly path: string;
  readonly grant: string;
  readonly method: ClientMethod | '';
  readonly isClientRight: boolean;
  /** `scope`, `audience` and `resource` as they were asked for. */
  readonly scope: string;
  readonly audience: string;
  readonly resource: string;
  /** Of the token made, revoked or brought; null: of none. */
  readonly generation: number | null;
  /** 0: not answered. */
  readonly status: number;
}

export interface FakeIssuerOptions {
  readonly knobs?: Partial<IssuerKnobs>;
  readonly port?: number;
  /** Of the client's key pair, for private_key_jwt. */
  readonly publicKey?: KeyObject;
  readonly now?: () => number;
}

/**
 * Stands in for an OAuth 2.0 authorization server and a resource behind it: client credentials, refresh tokens, token exchange
 * (RFC 8693), revocation (RFC 7009), metadata (RFC 8414), DPoP (RFC 9449). Listens on this machine only; its secrets are made up.
 */
export class FakeIssuer {
  readonly clientId = `client-${randomBytes(8).toString('hex')}`;
  readonly clientSecret = `${CANARY}client-secret-${randomBytes(12).toString('hex')} +&=%`;
  readonly grants = new Grants();
  readonly requests: IssuerRequestLogged[] = [];
  knobs: IssuerKnobs;
  readonly #watchers = new Set<() => void>();
  readonly #now: () => number;
  readonly #dpop: DpopCheck;
  readonly #clients: ClientCheck;
  readonly #server: Server;
  #gate: Promise<void> | undefined;

  private constructor({ knobs = {}, publicKey, now = Date.now }: FakeIssuerOptions) {
    this.knobs = turnedIssuer(DEFAULT_ISSUER_KNOBS, knobs);
    this.#now = now;
    this.#dpop = new DpopCheck(now);
    this.#clients = new ClientCheck({ id: this.clientId, secret: this.clientSecret, publicKey }, () => [this.baseUrl, this.tokenUrl], now);
    this.#server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
  }

  static async start(options: FakeIssuerOptions = {}): Promise<FakeIssuer> {
    const fake = new FakeIssuer(options);
    await new Promise<void>((resolve, reject) => fake.#server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve));
    return fake;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get tokenUrl(): string {
    return this.baseUrl + TOKEN_PATH;
  }

  get revocationUrl(): string {
    return this.baseUrl + REVOCATION_PATH;
  }

  turn(knobs: Partial<IssuerKnobs>): void {
    this.knobs = turnedIssuer(this.knobs, knobs);
  }

  renewDpopNonce(): void {
    this.#dpop.renewNonce();
  }

  count(kind: IssuerRequestLogged['kind']): number {
    return this.requests.filter((one) => one.kind === kind).length;
  }

  /** Token requests that come from now on are judged, and then wait for their answer until the returned function is called. */
  holdAnswers(): () => void {
    let release = (): void => {};
    this.#gate = new Promise((resolve) => {
      release = () => {
        this.#gate = undefined;
        resolve();
      };
    });
    return () => release();
  }

  /** Resolves when `isTrue` holds of the requests. */
  until(isTrue: (requests: readonly IssuerRequestLogged[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue(this.requests)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A caller that goes away is the caller's business.
    response.on('error', () => {});
    const path = (request.url ?? '').split('?', 1)[0]!;
    const form = new URLSearchParams(await bodyOf(request));
    response.sendDate = false;
    response.setHeader('date', new Date(this.#now()).toUTCString());
    if (request.method === 'POST' && path === TOKEN_PATH) return this.#token(request, response, form);
    if (request.method === 'POST' && path === REVOCATION_PATH) return this.#revoke(request, response, form);
    if (request.method === 'GET' && path === METADATA_PATH) return send(response, 200, this.#metadata());
    if (path === RESOURCE_PATH || path.startsWith(`${RESOURCE_PATH}/`)) return this.#call(request, response, path);
    this.#log({ kind: 'other', path, status: 404 });
    send(response, 404, {});
  }

  #metadata(): object {
    return {
      issuer: this.baseUrl, token_endpoint: this.tokenUrl, revocation_endpoint: this.revocationUrl, response_types_supported: ['code'],
      grant_types_supported: ['client_credentials', 'refresh_token', EXCHANGE],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA'], dpop_signing_alg_values_supported: ['ES256'],
    };
  }

  async #token(request: IncomingMessage, response: ServerResponse, form: URLSearchParams): Promise<void> {
    const { knobs } = this;
    const proof = this.#clients.check(header(request, 'authorization'), form);
    const grant = form.get('grant_type') ?? '';
    const logged = this.#log({
      kind: 'token', path: TOKEN_PATH, grant, method: proof.method, isClientRight: proof.isRight,
      scope: form.get('scope') ?? '', audience: form.get('audience') ?? '', resource: form.get('resource') ?? '', status: 0,
    });
    const answer = (status: number, body: object): void => {
      logged.status = status;
      send(response, status, { ...body, ...(knobs.echoCredential && status >= 400 && { received: [...form.values(), header(request, 'authorization')] }) });
    };
    const refuse = (status: number, error: string): void => answer(status, { ...(error !== '' && { error }), error_description: `refused: ${error}` });
    if (knobs.tokenFault !== 'none') return this.#fault(response, knobs.tokenFault, refuse);
    if (!proof.isRight) return refuse(401, 'invalid_client');
    const dpop = this.#dpop.check(header(request, 'dpop'), { method: 'POST', url: this.tokenUrl, needsNonce: knobs.requireDpopNonce });
    if (knobs.requireDpopNonce) response.setHeader('dpop-nonce', this.#dpop.nonce);
    if (dpop.kind === 'no_nonce') return refuse(400, 'use_dpop_nonce');
    if (dpop.kind === 'bad') return refuse(400, 'invalid_dpop_proof');
    const refused = this.#judge(grant, form);
    if (refused !== undefined) return refuse(400, refused);
    const nowMs = this.#now();
    const thumbprint = dpop.kind === 'good' ? dpop.thumbprint : '';
    const token = this.grants.issue({ grant, scopes: logged.scope.split(' ').filter(Boolean), expiresAtMs: nowMs + knobs.lifetimeMs, thumbprint }, knobs.mintKillsOlder);
    logged.generation = token.generation;
    const refreshToken = grant === 'refresh_token' ? (knobs.rotateRefreshTokens ? this.grants.rotateRefreshToken() : this.grants.refreshToken) : undefined;
    // What has been handed out is handed out, whether the answer arrives or not.
    await this.#gate;
    const seconds = Math.floor(knobs.lifetimeMs / 1_000);
    const expires_in = { number: seconds, text: String(seconds), missing: undefined, negative: -seconds, nonsense: { in: 'a while' } }[knobs.expiresIn];
    answer(200, {
      access_token: token.value, token_type: thumbprint === '' ? knobs.tokenType : 'DPoP', expires_in, ...(knobs.refreshIn !== null && { refresh_in: knobs.refreshIn }),
      ...(refreshToken !== undefined && { refresh_token: refreshToken }), ...(logged.scope !== '' && { scope: logged.scope }),
      ...(grant === EXCHANGE && { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }),
    });
  }

  /** The OAuth error of a grant that is not good; undefined for one that is. */
  #judge(grant: string, form: URLSearchParams): string | undefined {
    switch (grant) {
      case 'client_credentials': return undefined;
      case 'refresh_token': {
        if (this.grants.isFamilyEnded) return 'invalid_grant';
        if (form.get('refresh_token') === this.grants.refreshToken) return undefined;
        if (this.knobs.reuseEndsFamily) this.grants.isFamilyEnded = true;
        return 'invalid_grant';
      }
      case EXCHANGE:
        if (form.get('subject_token_type') !== 'urn:ietf:params:oauth:token-type:access_token') return 'invalid_request';
        return form.get('subject_token') === this.grants.subjectToken ? undefined : 'invalid_grant';
      default: return 'unsupported_grant_type';
    }
  }

  async #revoke(request: IncomingMessage, response: ServerResponse, form: URLSearchParams): Promise<void> {
    const proof = this.#clients.check(header(request, 'authorization'), form);
    const value = form.get('token') ?? '';
    const generation = this.grants.tokens.find((token) => token.value === value)?.generation ?? null;
    const logged = this.#log({ kind: 'revoke', path: REVOCATION_PATH, method: proof.method, isClientRight: proof.isRight, generation, status: 0 });
    const { revocationFault, retryAfter, echoCredential } = this.knobs;
    if (revocationFault === 'timeout') return;
    logged.status = revocationFault === 'none' ? (proof.isRight ? 200 : 401) : Number(revocationFault);
    if (logged.status === 503 && retryAfter !== '') response.setHeader('retry-after', retryAfter);
    if (logged.status === 200) this.grants.revoke(value);
    const error = { 200: undefined, 400: 'unsupported_token_type', 401: 'invalid_client' }[logged.status] ?? undefined;
    send(response, logged.status, { ...(error !== undefined && { error }), ...(echoCredential && logged.status >= 400 && { received: value }) });
  }

  #call(request: IncomingMessage, response: ServerResponse, path: string): void {
    const [scheme = '', value = ''] = header(request, 'authorization').split(' ');
    const token = this.grants.find(value, this.#now());
    const logged = this.#log({ kind: 'call', path, generation: this.grants.tokens.find((one) => one.value === value)?.generation ?? null, status: 200 });
    const refuse = (status: number, challenge: string): void => {
      logged.status = status;
      response.setHeader('www-authenticate', challenge);
      send(response, status, { error: 'refused' });
    };
    if (token === undefined || this.knobs.rejectAllCalls) return refuse(401, 'Bearer error="invalid_token"');
    if (token.thumbprint !== '') {
      const dpop = this.#dpop.check(header(request, 'dpop'), { method: request.method ?? '', url: this.baseUrl + path, accessToken: value, needsNonce: this.knobs.requireDpopNonce });
      if (this.knobs.requireDpopNonce) response.setHeader('dpop-nonce', this.#dpop.nonce);
      if (dpop.kind === 'no_nonce') return refuse(401, 'DPoP error="use_dpop_nonce", error_description="a nonce is needed"');
      if (scheme !== 'DPoP' || dpop.kind !== 'good' || dpop.thumbprint !== token.thumbprint) return refuse(401, 'DPoP error="invalid_token"');
    }
    const scope = path.slice(RESOURCE_PATH.length + 1);
    if (scope !== '' && !token.scopes.includes(scope)) return refuse(403, `Bearer error="insufficient_scope", scope="${scope}"`);
    send(response, 200, { scopes: token.scopes });
  }

  #fault(response: ServerResponse, fault: Exclude<IssuerKnobs['tokenFault'], 'none'>, refuse: (status: number, error: string) => void): void {
    const { retryAfter, tokenError } = this.knobs;
    switch (fault) {
      case 'html': return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Maintenance</title>');
      case 'redirect': return void response.writeHead(307, { location: 'https://elsewhere.example.com/oauth/token' }).end();
      case 'reset': return void response.socket?.resetAndDestroy();
      case 'timeout': return;
      default:
        if (retryAfter !== '') response.setHeader('retry-after', retryAfter);
        refuse(Number(fault), tokenError);
    }
  }

  #log(entry: Pick<IssuerRequestLogged, 'kind' | 'path' | 'status'> & Partial<IssuerRequestLogged>): { -readonly [K in keyof IssuerRequestLogged]: IssuerRequestLogged[K] } {
    const logged = { grant: '', method: '' as const, isClientRight: false, scope: '', audience: '', resource: '', generation: null, ...entry };
    this.requests.push(logged);
    // Watchers look once the request has been judged, too.
    for (const look of [...this.#watchers]) setImmediate(look);
    return logged;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX) throw new Error('a request of a fake is short');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
