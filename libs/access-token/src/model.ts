/** Events of `docket.tokens` (data of the CloudEvents, snake_case as stored). None holds a token or a secret. */
export const ISSUERS = ['partner-secret', 'oauth2-client-credentials', 'oauth2-refresh-token', 'oauth2-token-exchange'] as const;
export type Issuer = (typeof ISSUERS)[number];
export const AUTH_METHODS = ['api_secret_header', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];
/** `inject`: the caller never sees the token. `wrap`: a single-use handle. `reveal`: the token itself, and each time is an event. */
export const DELIVERIES = ['inject', 'wrap', 'reveal'] as const;
export type Delivery = (typeof DELIVERIES)[number];
export const MINT_REASONS = ['missing', 'soft', 'hard', 'rejected', 'warm_up'] as const;
export type MintReason = (typeof MINT_REASONS)[number];
export type FailureClass = 'transient' | 'permanent';

/** Everything about a connection that is not secret. */
export interface ConnectionSettings {
  readonly environment: string;
  /** Servers whose gateways may have its tokens. */
  readonly server_ids: readonly string[];
  readonly issuer: Issuer;
  readonly token_url: string;
  /** Client id or API key: it names the caller and proves nothing. */
  readonly client_id: string;
  readonly auth_method: AuthMethod;
  readonly scopes: readonly string[];
  /** Audience or resource; '' for none. */
  readonly audience: string;
  /** For tokens whose life nobody tells. */
  readonly default_lifetime_ms: number;
  readonly delivery: Delivery;
  /** Opted into tokens being served up to 10 minutes past their end while the issuer is ill. */
  readonly static_stability: boolean;
  readonly mints_per_minute_max: number;
  /** Of the OAuth issuers; absent for others, and where all of it is as `NO_OAUTH_SETTINGS` says. */
  readonly oauth?: OAuthSettings;
}

/** What is said to an OAuth issuer beside client, scopes and audience. */
export interface OAuthSettings {
  /** The issuer's identifier (RFC 8414): the audience of a private_key_jwt assertion. '' : the token URL is. */
  readonly issuer_url: string;
  /** Where tokens are revoked (RFC 7009); '' : nowhere. */
  readonly revocation_url: string;
  /** Resource indicator (RFC 8707); '' for none. */
  readonly resource: string;
  /** Scopes that a 403 with insufficient_scope may add to the connection's own. */
  readonly step_up_scopes: readonly string[];
  /** Tokens are bound to a key (RFC 9449). */
  readonly dpop: boolean;
}

export const NO_OAUTH_SETTINGS: OAuthSettings = { issuer_url: '', revocation_url: '', resource: '', step_up_scopes: [], dpop: false };

/** Who caused it: subject of the credential, the grant if a call did ('' for none), and the trace ('' for none). */
export interface Cause {
  readonly actor: string;
  readonly grant_id: string;
  readonly trace_id: string;
}

interface OfConnection {
  readonly tenant: string;
  readonly connection_id: string;
}

export interface ConnectionRegistered extends OfConnection, Cause {
  readonly type: 'ConnectionRegistered';
  readonly settings: ConnectionSettings;
  /** Where the sealed secret is: its row in the vault. */
  readonly secret_id: string;
  readonly secret_version: number;
  /** SHA-256 of `bindingMaterial`: what a token of this connection is good for. Another one, another token. */
  readonly binding: string;
}
export interface SecretRotated extends OfConnection, Cause {
  readonly type: 'SecretRotated';
  readonly secret_id: string;
  readonly secret_version: number;
  readonly binding: string;
}
/** The issuer replaced a rotating refresh token in a mint whose token was not published. Version, binding and tokens stay. */
export interface SecretRenewed extends OfConnection {
  readonly type: 'SecretRenewed';
  /** The one that was used up. */
  readonly former_secret_id: string;
  readonly secret_id: string;
}
export interface ConnectionSuspended extends OfConnection, Cause {
  readonly type: 'ConnectionSuspended';
}
export interface ConnectionResumed extends OfConnection, Cause {
  readonly type: 'ConnectionResumed';
}
export interface ConnectionRemoved extends OfConnection, Cause {
  readonly type: 'ConnectionRemoved';
}
export interface BreakerReset extends OfConnection, Cause {
  readonly type: 'BreakerReset';
}

export interface MintStarted extends OfConnection, Cause {
  readonly type: 'MintStarted';
  /** Whose token: '' for the connection's own, a hash of the subject for an exchanged one. */
  readonly slot: string;
  readonly mint_id: string;
  /** The broker process that mints: a mint of another one that never ended may be tried once more. */
  readonly owner: string;
  /** 2 when it repeats a mint whose owner was lost. */
  readonly attempt: number;
  readonly reason: MintReason;
  /** The token before it was rejected by the partner. */
  readonly after_rejection: boolean;
  readonly secret_id: string;
  readonly binding: string;
}
export interface TokenMinted extends OfConnection, Cause {
  readonly type: 'TokenMinted';
  readonly slot: string;
  /** Counts the connection's tokens, over all slots. */
  readonly generation: number;
  /** Also the token's row in the vault. */
  readonly mint_id: string;
  /** Keyed (HMAC): recognises the token, cannot be guessed from. */
  readonly fingerprint: string;
  readonly soft_at_ms: number;
  readonly hard_at_ms: number;
  readonly expires_at_ms: number;
  /** The issuer handed out a new long-lived secret with it (a rotating refresh token); null: the old one stays. */
  readonly renewed_secret_id: string | null;
  readonly took_ms: number;
}
export interface MintFailed extends OfConnection, Cause {
  readonly type: 'MintFailed';
  readonly slot: string;
  readonly mint_id: string;
  readonly class: FailureClass;
  /** What went wrong, from a closed list or an OAuth error code; never the issuer's own words. */
  readonly code: string;
  /** HTTP status; 0 where there was none. */
  readonly status: number;
  /** Nothing is minted before it. */
  readonly retry_at_ms: number;
  readonly took_ms: number;
}
/** A cap was hit: once for each time it closes, not once for each caller. */
export interface MintRefused extends OfConnection, Cause {
  readonly type: 'MintRefused';
  readonly slot: string;
  readonly cap: 'connection' | 'global';
  readonly retry_at_ms: number;
}
export interface TokenRejected extends OfConnection, Cause {
  readonly type: 'TokenRejected';
  readonly slot: string;
  readonly generation: number;
  readonly fingerprint: string;
  readonly expires_at_ms: number;
  /** Not before it is another one minted; null: at once. Set when a token minted for a rejection is rejected itself. */
  readonly retry_at_ms: number | null;
}
export interface TokenRevoked extends OfConnection, Cause {
  readonly type: 'TokenRevoked';
  /** null: of all slots. */
  readonly slot: string | null;
  /** It and all before it, and the mints under way. */
  readonly generation: number;
}


/** The token behind it, as events name one. */
interface OfToken {
  readonly slot: string;
  readonly generation: number;
  readonly fingerprint: string;
  readonly expires_at_ms: number;
}
/** A single-use handle was made for the token; `grant_id` is whom it is for. */
export interface TokenWrapped extends OfConnection, Cause, OfToken {
  readonly type: 'TokenWrapped';
  /** SHA-256 of the handle. */
  readonly handle: string;
  readonly handle_expires_at_ms: number;
}
/** The handle was taken: it is worth nothing any more. `grant_id` is whom it was made for. */
export interface TokenUnwrapped extends OfConnection, Cause, OfToken {
  readonly type: 'TokenUnwrapped';
  readonly handle: string;
  /** The token's row in the vault. */
  readonly mint_id: string;
  /** Of the one request that took it, so that it may be repeated when its answer was lost. */
  readonly use_id: string;
}
/** The token itself was handed to whoever `grant_id` belongs to, or to the actor. */
export interface TokenRevealed extends OfConnection, Cause, OfToken {
  readonly type: 'TokenRevealed';
}
/** Tokens that were handed to this grant have ended, and it gets no others. */
export interface GrantCutOff extends OfConnection, Cause {
  readonly type: 'GrantCutOff';
  readonly holder: string;
}
/** The connection gives to the grant again. */
export interface GrantCutOffLifted extends OfConnection, Cause {
  readonly type: 'GrantCutOffLifted';
  readonly holder: string;
}
/** Tokens that were handed to this grant have ended: it was revoked, is over, or gets nothing of any connection. */
export interface GrantTokensEnded extends OfConnection, Cause {
  readonly type: 'GrantTokensEnded';
  readonly holder: string;
}
/** The grant gets no token of any connection of the tenant, present or future. In the partition of the grant's id. */
export interface GrantBarred extends Cause {
  readonly type: 'GrantBarred';
  readonly tenant: string;
  /** Of no connection. */
  readonly connection_id?: never;
  readonly holder: string;
}
export interface GrantBarLifted extends Cause {
  readonly type: 'GrantBarLifted';
  readonly tenant: string;
  readonly connection_id?: never;
  readonly holder: string;
}
/** How often a token was handed out to `actor`, under `grant_id`, since the last such event of one node. Counted, not a line for each. */
export interface TokenServed extends OfConnection, Cause {
  readonly type: 'TokenServed';
  readonly slot: string;
  readonly generation: number;
  readonly served: number;
  /** How long it was good for when it was handed out last of all; below 0 under static stability. */
  readonly least_remaining_ms: number;
}
export const DENIED_ACTIONS = ['get', 'reject', 'wrap', 'unwrap', 'reveal', 'stand_in'] as const;
/** Somebody asked for what he may not have. */
export interface AccessDenied extends OfConnection, Cause {
  readonly type: 'AccessDenied';
  readonly action: (typeof DENIED_ACTIONS)[number];
  /** UPPER_SNAKE_CASE, as the error's. */
  readonly reason: string;
  /** Of the same kind since the last such event. */
  readonly denials: number;
  /** SHA-256 of the handle that was tried; null where none was, or none of this connection's. */
  readonly handle: string | null;
}

export type ConnectionEvent =
  | ConnectionRegistered | SecretRotated | SecretRenewed | ConnectionSuspended | ConnectionResumed | ConnectionRemoved | BreakerReset;
export type MintEvent = MintStarted | TokenMinted | MintFailed | MintRefused;
export type HandoverEvent = TokenWrapped | TokenUnwrapped | TokenRevealed | GrantCutOff | GrantCutOffLifted | GrantTokensEnded | TokenServed | AccessDenied;
/** About a grant and all connections there are and will be. */
export type GrantEvent = GrantBarred | GrantBarLifted;
export type TokenEvent = ConnectionEvent | MintEvent | TokenRejected | TokenRevoked | HandoverEvent | GrantEvent;
