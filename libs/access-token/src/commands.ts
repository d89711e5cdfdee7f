import type { AccessDenied, Cause, ConnectionSettings, FailureClass, MintReason } from './model.js';

/** Whose connection: tenant and cause come from the credential, never from the request. */
interface OfConnection extends Cause {
  readonly tenant: string;
  readonly connection_id: string;
}

/** The secret is in the vault under `secret_id` before this is sent; `binding` is of the version that this makes. */
export interface RegisterConnection extends OfConnection {
  readonly type: 'RegisterConnection';
  readonly settings: ConnectionSettings;
  readonly secret_id: string;
  /** 1, or the one after a removed connection's last. */
  readonly secret_version: number;
  readonly binding: string;
}
/** `secret_version` is the new one: refused unless it is the present one's next. */
export interface RotateSecret extends OfConnection {
  readonly type: 'RotateSecret';
  readonly secret_id: string;
  readonly secret_version: number;
  readonly binding: string;
}
/**
 * Compare and swap: `secret_id` takes the place of `former_secret_id`, if that is still the connection's. For a mint that got
 * a new refresh token and could not publish its access token. Otherwise answered `discarded`: somebody's newer secret stays.
 */
export interface RenewSecret extends OfConnection {
  readonly type: 'RenewSecret';
  readonly former_secret_id: string;
  readonly secret_id: string;
}
/** Ends its tokens and mints none until it is resumed. */
export interface SuspendConnection extends OfConnection {
  readonly type: 'SuspendConnection';
}
export interface ResumeConnection extends OfConnection {
  readonly type: 'ResumeConnection';
}
/** Refused unless `secret_version` is the present one: nobody removes what somebody has just repaired. */
export interface RemoveConnection extends OfConnection {
  readonly type: 'RemoveConnection';
  readonly secret_version: number;
}
export interface ResetBreaker extends OfConnection {
  readonly type: 'ResetBreaker';
}

/**
 * Asks for a token newer than `known_generation` (null: any). Answered with the current one where it will do; appends
 * MintStarted where one must be minted: the shell may call the issuer once that is acknowledged, and must end it with
 * FinishMint or FailMint.
 */
export interface BeginMint extends OfConnection {
  readonly type: 'BeginMint';
  readonly slot: string;
  readonly known_generation: number | null;
  readonly reason: MintReason;
  /** How long it must be good for; of no weight beyond half of a token's life, so that a mint serves for half a life at least. */
  readonly min_ttl_ms?: number;
  /** 32 random hex characters. */
  readonly mint_id: string;
  /** This broker process: 16 random hex characters, made at its start. */
  readonly owner: string;
  /** Mints of the last minute in other partitions, as far as this node has heard: they count toward the cap for all. */
  readonly mints_elsewhere?: number;
}
/** The token is in the vault under `mint_id` before this is sent. */
export interface FinishMint extends OfConnection {
  readonly type: 'FinishMint';
  readonly slot: string;
  readonly mint_id: string;
  readonly fingerprint: string;
  /** Its life from the moment the request was sent. */
  readonly lifetime_ms: number;
  /** Since the request was sent, on the monotonic clock. */
  readonly elapsed_ms: number;
  /** When the issuer wants it refreshed, from the moment the request was sent. */
  readonly refresh_in_ms: number | null;
  readonly renewed_secret_id: string | null;
  /** Uniform in [0, 1): spreads refreshes. */
  readonly random: number;
}
export interface FailMint extends OfConnection {
  readonly type: 'FailMint';
  readonly slot: string;
  readonly mint_id: string;
  readonly class: FailureClass;
  readonly code: string;
  readonly status: number;
  readonly retry_after_ms: number | null;
  readonly elapsed_ms: number;
  /** Uniform in [0, 1): spreads tries. */
  readonly random: number;
}
/** The partner answered 401 to this generation. Counts only while it is the current one. */
export interface RejectToken extends OfConnection {
  readonly type: 'RejectToken';
  readonly slot: string;
  readonly generation: number;
}
/** Ends tokens now, replaced ones that may still live among them, and mints in flight with them. */
export interface RevokeToken extends OfConnection {
  readonly type: 'RevokeToken';
  /** null: all slots. */
  readonly slot: string | null;
  /** It and all before it; null: all there are. */
  readonly generation: number | null;
}

/** A handle for the token of this generation, for whom `grant_id` names. Refused unless the connection is for handing over. */
export interface WrapToken extends OfConnection {
  readonly type: 'WrapToken';
  readonly slot: string;
  readonly generation: number;
  /** SHA-256 of the handle. */
  readonly handle: string;
  readonly ttl_ms: number;
}
/** Takes a handle, once; whoever comes second is denied, and the log says so. */
export interface UnwrapToken extends OfConnection {
  readonly type: 'UnwrapToken';
  readonly handle: string;
  /** 32 random hex characters of this one request: repeated with them it is answered again. */
  readonly use_id: string;
}
/** Before the token itself is handed to somebody. Refused unless the connection was registered for that. */
export interface RevealToken extends OfConnection {
  readonly type: 'RevealToken';
  readonly slot: string;
  readonly generation: number;
}
/** Ends what was handed to a grant, and lets it have nothing more of this connection. */
export interface CutOffGrant extends OfConnection {
  readonly type: 'CutOffGrant';
  readonly holder: string;
}
export interface LiftCutOff extends OfConnection {
  readonly type: 'LiftCutOff';
  readonly holder: string;
}
/** Ends what was handed to a grant. */
export interface EndHeldTokens extends OfConnection {
  readonly type: 'EndHeldTokens';
  readonly holder: string;
}
/** The grant gets nothing of any connection of the tenant, present or future. For the partition of the grant's id. */
export interface BarGrant extends Cause {
  readonly type: 'BarGrant';
  readonly tenant: string;
  readonly holder: string;
}
export interface LiftBar extends Cause {
  readonly type: 'LiftBar';
  readonly tenant: string;
  readonly holder: string;
}
export interface ReportServed extends OfConnection {
  readonly type: 'ReportServed';
  readonly slot: string;
  readonly generation: number;
  readonly served: number;
  readonly least_remaining_ms: number;
}
export interface ReportDenied extends OfConnection {
  readonly type: 'ReportDenied';
  readonly action: AccessDenied['action'];
  readonly reason: string;
  readonly denials: number;
}

/** What concerns one connection: for the partition of its id. */
export type ConnectionCommand =
  | RegisterConnection | RotateSecret | RenewSecret | SuspendConnection | ResumeConnection | RemoveConnection | ResetBreaker
  | BeginMint | FinishMint | FailMint | RejectToken | RevokeToken
  | WrapToken | UnwrapToken | RevealToken | CutOffGrant | LiftCutOff | EndHeldTokens | ReportServed | ReportDenied;
/** What concerns one grant: for the partition of its id. */
export type GrantCommand = BarGrant | LiftBar;
export type TokenCommand = ConnectionCommand | GrantCommand;

/** A token that may be served: where it is, and its moments in event time. */
export interface TokenView {
  readonly generation: number;
  readonly mint_id: string;
  readonly fingerprint: string;
  readonly minted_at_ms: number;
  readonly soft_at_ms: number;
  readonly hard_at_ms: number;
  readonly expires_at_ms: number;
}

/** What a command came to. Errors are DocketErrors, except those that an event had to record first (`refused`, `failed`). */
export type TokenReply =
  | { readonly kind: 'done'; readonly unchanged: boolean }
  /** `now_ms`: event time, on whose scale the token's moments are. */
  | { readonly kind: 'token'; readonly token: TokenView; readonly now_ms: number; readonly renewed_secret_id: string | null }
  /** Call the issuer now, with the secret `secret_id`. */
  | { readonly kind: 'mint'; readonly mint_id: string; readonly secret_id: string; readonly binding: string; readonly attempt: number; readonly reason: MintReason }
  /** This process is minting already: join it. */
  | { readonly kind: 'minting'; readonly mint_id: string }
  /** A cap was hit, and the log says so. */
  | { readonly kind: 'refused'; readonly cap: 'connection' | 'global'; readonly retry_at_ms: number }
  | { readonly kind: 'failed'; readonly class: FailureClass; readonly code: string; readonly status: number; readonly retry_at_ms: number }
  /** The mint was superseded, revoked or its connection changed: its token must not be used, and is best revoked at the issuer. */
  | { readonly kind: 'discarded' }
  /** Until when the handle may be taken, in event time. */
  | { readonly kind: 'wrapped'; readonly expires_at_ms: number; readonly now_ms: number }
  /** Hand out the token in the vault under `mint_id`. */
  | { readonly kind: 'unwrapped'; readonly slot: string; readonly generation: number; readonly mint_id: string; readonly expires_at_ms: number; readonly now_ms: number }
  /** The handle is worth nothing, and the log says who tried. */
  | { readonly kind: 'denied'; readonly reason: string }
  /** The generation is not served any more; `retry_at_ms` as in TokenRejected. */
  | { readonly kind: 'rejected'; readonly generation: number; readonly retry_at_ms: number | null };
