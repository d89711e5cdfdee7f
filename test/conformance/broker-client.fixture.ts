import { createHash } from 'node:crypto';
import {
  Client, discoverAuthorizationServerMetadata, discoverOAuthProtectedResourceMetadata, exchangeAuthorization, extractWWWAuthenticateParams, registerClient, startAuthorization, StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { NO_OAUTH_SETTINGS, slotMaterial, type AuthMethod, type ConnectionSettings } from '#access-token';
import { systemRuntime } from '#ledger';
import { upstreamFetch, type TokenAsk, type UpstreamToken, type UpstreamTokens } from '#upstream';
import { TokenCache } from '../../apps/token-broker/src/cache/token-cache.js';
import { Broker, CAUSE, OF, SETTINGS } from '../../apps/token-broker/src/fixtures/broker.fixture.js';
import { createIssuers } from '../../apps/token-broker/src/issuers/create-issuers.js';
import { guardedFetch } from '../../apps/token-broker/src/issuers/guarded-fetch.js';
import type { TokenIssuer } from '../../apps/token-broker/src/issuers/issuer.js';
import type { TokenMinter } from '../../apps/token-broker/src/minting/token-minter.js';

const REDIRECT = 'http://127.0.0.1:9/callback';

/** What an operator has found out about a server and its issuer before registering a connection. */
export interface Found {
  readonly resource: string;
  readonly issuerUrl: string;
  readonly tokenUrl: string;
  readonly method: string;
  /** Scopes that the server's first refusal, or its metadata, name. */
  readonly scopes: readonly string[];
}

/** Reads what the server and its issuer publish, as an operator's tool would: nothing of it needs a token. */
export async function discover(serverUrl: string): Promise<Found> {
  const refused = await fetch(serverUrl, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'tools/list' }) });
  await refused.body?.cancel();
  const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(refused);
  const resource = await discoverOAuthProtectedResourceMetadata(serverUrl, resourceMetadataUrl ? { resourceMetadataUrl } : {});
  const metadata = (await discoverAuthorizationServerMetadata(resource.authorization_servers![0]!))!;
  return {
    resource: resource.resource, issuerUrl: metadata.issuer, tokenUrl: metadata.token_endpoint,
    method: metadata.token_endpoint_auth_methods_supported?.[0] ?? 'none', scopes: scope?.split(' ') ?? resource.scopes_supported ?? [],
  };
}

/**
 * An operator's consent: registers a client, asks for authorization (PKCE, resource indicator) and redeems the code, with the
 * official client's own functions. The broker is not in it: it begins with the refresh token that this brings. The suite's
 * issuer hands out none and looks at none, so the code stands in for it.
 */
export async function consent({ resource, issuerUrl, scopes }: Found): Promise<{ readonly clientId: string; readonly clientSecret: string; readonly refreshToken: string }> {
  const metadata = (await discoverAuthorizationServerMetadata(issuerUrl))!;
  const clientInformation = await registerClient(issuerUrl, { metadata, clientMetadata: { client_name: 'docket', redirect_uris: [REDIRECT], grant_types: ['authorization_code', 'refresh_token'] } });
  const { authorizationUrl, codeVerifier } = await startAuthorization(issuerUrl, { metadata, clientInformation, redirectUrl: REDIRECT, resource: new URL(resource), ...(scopes.length > 0 && { scope: scopes.join(' ') }) });
  const answer = await fetch(authorizationUrl, { redirect: 'manual' });
  await answer.body?.cancel();
  const came = new URL(answer.headers.get('location')!).searchParams;
  const [authorizationCode, iss] = [came.get('code')!, came.get('iss')];
  const tokens = await exchangeAuthorization(issuerUrl, { metadata, clientInformation, authorizationCode, codeVerifier, redirectUri: REDIRECT, resource: new URL(resource), ...(iss !== null && { iss }) });
  return { clientId: clientInformation.client_id, clientSecret: clientInformation.client_secret ?? '', refreshToken: tokens.refresh_token ?? authorizationCode };
}

/** A connection in a broker, as it was registered, and its tokens as a gateway gets them: through the cache, minted by the owner. */
export class BrokerTokens implements UpstreamTokens {
  readonly #minter: TokenMinter;
  readonly #cache: TokenCache<readonly string[]>;
  mints = 0;

  private constructor(minter: TokenMinter) {
    this.#minter = minter;
    const runtime = systemRuntime();
    this.#cache = new TokenCache<readonly string[]>({
      source: (slot, ask, scopes) => this.#minter.obtain({ ...OF, slot, ...(scopes.length > 0 && { scopes }) }, ask, CAUSE), runtime, random: Math.random, lastHeardMs: () => runtime.monotonicMs(),
    });
  }

  static async of(fields: Partial<ConnectionSettings>, secret: string): Promise<BrokerTokens> {
    const runtime = systemRuntime();
    const issuers = createIssuers({ fetch: guardedFetch({ allowLoopback: true }), wallMs: runtime.wallMs });
    const settings: ConnectionSettings = { ...SETTINGS, ...fields };
    const broker = await Broker.of<TokenIssuer>(runtime, issuers[settings.issuer], { settings, secret });
    const tokens: BrokerTokens = new BrokerTokens(broker.minterOf({ issuers, onMint: () => { tokens.mints += 1; } }));
    return tokens;
  }

  async get({ rejectedGeneration, scopes = [] }: TokenAsk): Promise<UpstreamToken> {
    const slot = scopes.length === 0 ? '' : createHash('sha256').update(slotMaterial('', scopes)).digest('hex');
    const { token, generation } = await this.#cache.get(slot, { context: scopes, ...(rejectedGeneration !== undefined && { rejectedGeneration }) });
    return { token, generation, headerName: 'authorization', headerPrefix: 'Bearer ' };
  }
}

/** The OAuth settings of a connection to what was found. */
export function settingsFor(found: Found, issuer: ConnectionSettings['issuer'], auth_method: AuthMethod, client_id: string, stepUp: readonly string[] = []): Partial<ConnectionSettings> {
  return {
    issuer, auth_method, client_id, token_url: found.tokenUrl,
    oauth: { ...NO_OAUTH_SETTINGS, resource: found.resource, step_up_scopes: stepUp, ...(auth_method === 'private_key_jwt' && { issuer_url: found.issuerUrl }) },
  };
}

/** One MCP session with the broker's tokens: initialize, list the tools, call the first. */
export async function session(serverUrl: string, tokens: UpstreamTokens, stepUpScopes: readonly string[] = []): Promise<void> {
  const client = new Client({ name: 'docket', version: '0.1.0' });
  const transport = new StreamableHTTPClientTransport(new URL(serverUrl), { fetch: upstreamFetch({ tokens, stepUpScopes, allowLoopback: true }) });
  await client.connect(transport);
  try {
    const { tools } = await client.listTools();
    await client.callTool({ name: tools[0]!.name, arguments: {} });
  } finally {
    await client.close();
  }
}
