import { LIFETIME_MIN_MS } from './margins.js';

/** Longer than this nothing is believed. */
const LIFETIME_MAX_MS = 400 * 86_400_000;
/** Below it the response's `Date` corrects the local clock; above it one of the two is broken, and which one is unknown. */
const SKEW_BELIEVED_MS = 600_000;
/** `Date` has whole seconds. */
const DATE_GRAIN_MS = 1_000;

/** What an issuer said about a token's life, as it came: nothing here is trusted. */
export interface LifetimeClaims {
  /** OAuth's `expires_in`, seconds from now. */
  readonly expiresIn?: unknown;
  /** A moment: seconds or ms since the epoch, or ISO 8601. */
  readonly expiresAt?: unknown;
  /** The token's own `exp` if it is a JWT (see `jwtExpirySeconds`): unverified, a hint only. */
  readonly jwtExp?: unknown;
}

/** When the request was sent, by the local clock, and the response's `Date` as ms since the epoch, if it had one. */
export interface LifetimeClocks {
  readonly sentAtMs: number;
  readonly responseDateMs: number | undefined;
}

export interface Lifetime {
  /** From the moment the request was sent. */
  readonly lifetimeMs: number;
  readonly source: 'expires_in' | 'expires_at' | 'jwt_exp' | 'default';
}

/**
 * A token's life by the first source that can be believed: `expiresIn`, `expiresAt`, the JWT's `exp`, the default.
 * Undefined if that source says that the token is over already. What is no number, or beyond 400 days, is passed over.
 * @param notAfterMs the remaining life of the subject token that it was exchanged for: never used past that
 */
export function lifetimeOf(claims: LifetimeClaims, clocks: LifetimeClocks, defaultMs: number, notAfterMs = Infinity): Lifetime | undefined {
  const told = fromExpiresIn(claims.expiresIn)
    ?? fromMoment(claims.expiresAt, clocks, 'expires_at')
    ?? fromMoment(claims.jwtExp, clocks, 'jwt_exp')
    ?? { lifetimeMs: defaultMs, source: 'default' as const };
  const lifetimeMs = Math.floor(Math.min(told.lifetimeMs, notAfterMs));
  return lifetimeMs < LIFETIME_MIN_MS ? undefined : { ...told, lifetimeMs };
}

function fromExpiresIn(value: unknown): Lifetime | undefined {
  const seconds = numberIn(value);
  return seconds === undefined ? undefined : believed(seconds * 1_000, 'expires_in');
}

function fromMoment(value: unknown, clocks: LifetimeClocks, source: 'expires_at' | 'jwt_exp'): Lifetime | undefined {
  const moment = momentIn(value);
  return moment === undefined ? undefined : believed(untilMs(moment, clocks), source);
}

/**
 * How long until `moment`. The issuer's clock made it, so the issuer's clock measures it: a wrong local clock must neither
 * end a token at once nor keep it past its end. Its `Date` is cut to seconds; up to one is given away for that.
 */
function untilMs(moment: number, { sentAtMs, responseDateMs }: LifetimeClocks): number {
  const byLocalClock = moment - sentAtMs;
  if (responseDateMs === undefined) return byLocalClock;
  const whole = moment - responseDateMs;
  const byTheirClock = whole - Math.min(DATE_GRAIN_MS, Math.max(whole, 0) / 2);
  if (Math.abs(responseDateMs - sentAtMs) <= SKEW_BELIEVED_MS) return byTheirClock;
  const positive = [byLocalClock, byTheirClock].filter((remainingMs) => remainingMs > 0);
  return positive.length === 0 ? byTheirClock : Math.min(...positive);
}

function believed(lifetimeMs: number, source: Lifetime['source']): Lifetime | undefined {
  return lifetimeMs > LIFETIME_MAX_MS ? undefined : { lifetimeMs, source };
}

const DECIMAL = /^[+-]?\d{1,20}(?:\.\d{1,20})?$/;

function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && DECIMAL.test(value.trim()) ? Number(value) : undefined;
}

const ISO = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?$/;
/** As seconds it is the year 5138, as milliseconds 1973. */
const MILLISECONDS_FROM = 1e11;

function momentIn(value: unknown): number | undefined {
  const number = numberIn(value);
  if (number !== undefined) return Math.abs(number) < MILLISECONDS_FROM ? number * 1_000 : number;
  if (typeof value !== 'string') return undefined;
  const iso = ISO.exec(value.trim());
  if (iso === null) return undefined;
  const text = value.trim().replace(' ', 'T').toUpperCase();
  // Without a zone it is UTC, not the zone of this machine.
  const ms = Date.parse(iso[1] === undefined ? `${text}Z` : text);
  return Number.isNaN(ms) ? undefined : ms;
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** A `Date` header (RFC 9110) as ms since the epoch; undefined if it is none. */
export function httpDateMs(header: string | null | undefined): number | undefined {
  if (header === null || header === undefined || !HTTP_DATE.test(header)) return undefined;
  const ms = Date.parse(header);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A `Retry-After` header (RFC 9110), seconds or a date; undefined if it is neither. Not below 0. */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const date = httpDateMs(header.trim());
  return date === undefined ? undefined : Math.max(0, date - nowMs);
}

const JWT_CHARS_MAX = 16_384;

/** The `exp` of a JWT, whatever it is, without verifying anything; undefined if the token is no JWT. */
export function jwtExp(token: string): unknown {
  if (token.length > JWT_CHARS_MAX) return undefined;
  const parts = token.split('.');
  if (parts.length !== 3 || !/^[\w-]+$/.test(parts[1]!)) return undefined;
  try {
    const claims: unknown = JSON.parse(atob(parts[1]!.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof claims === 'object' && claims !== null ? (claims as { exp?: unknown }).exp : undefined;
  } catch {
    return undefined;
  }
}
