/**
 * Cookies of the console. Each has the prefix `__Host-`: browsers take it over TLS only, for this host alone and for all of its paths. Most take it
 * from `http://127.0.0.1` and `http://localhost`, too. For those that do not there is a second one there, without prefix and `Secure`, which goes as soon
 * as the browser shows that it keeps the first one.
 *
 * `SameSite=Lax`, not `Strict`: an approval is opened from a link in somebody else's page. Nothing is changed by opening a page; whatever changes
 * something is a form, whose origin and token are checked.
 */
const PREFIX = '__Host-';
const COOKIE_HEADER_MAX = 8 * 1024;
const VALUE = /^[A-Za-z0-9_-]{1,200}$/;

/** `visit`: who is not signed in; `session`: who is. */
export type CookieName = 'visit' | 'session';

export interface CookieOptions {
  /** Whether there is TLS between browser and console: then there is no second cookie. */
  readonly isSecure: boolean;
}

export interface GivenCookie {
  readonly value: string;
  /** Came under the name with the prefix. */
  readonly isPrefixed: boolean;
}

/** The value that a browser sent; one that was sent twice, or is none of ours, is not there. */
export function readCookie(header: string | undefined, name: CookieName, { isSecure }: CookieOptions): GivenCookie | undefined {
  if (header === undefined || header.length > COOKIE_HEADER_MAX) return undefined;
  const pairs = header.split(';').map((pair) => pair.trim());
  const prefixed = only(pairs, `${PREFIX}docket_${name}=`);
  if (prefixed !== undefined) return { value: prefixed, isPrefixed: true };
  const plain = isSecure ? undefined : only(pairs, `docket_${name}=`);
  return plain === undefined ? undefined : { value: plain, isPrefixed: false };
}

/** `Set-Cookie` headers that keep a value until the browser is closed. */
export function setCookie(name: CookieName, value: string, { isSecure }: CookieOptions): string[] {
  const shared = 'Path=/; HttpOnly; SameSite=Lax';
  return [`${PREFIX}docket_${name}=${value}; ${shared}; Secure`, ...(isSecure ? [] : [`docket_${name}=${value}; ${shared}`])];
}

/** `Set-Cookie` headers that end it. */
export function dropCookie(name: CookieName, options: CookieOptions): string[] {
  return setCookie(name, '', options).map((cookie) => `${cookie}; Max-Age=0`);
}

/** Ends the second cookie of a browser that keeps the first one. */
export function dropSecond(name: CookieName): string[] {
  return [`docket_${name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`];
}

/** Whether a browser still holds the second cookie of this name. */
export function hasSecond(header: string | undefined, name: CookieName): boolean {
  return header !== undefined && header.split(';').some((pair) => pair.trim().startsWith(`docket_${name}=`));
}

function only(pairs: readonly string[], start: string): string | undefined {
  const values = pairs.filter((pair) => pair.startsWith(start)).map((pair) => pair.slice(start.length));
  return values.length === 1 && VALUE.test(values[0]!) ? values[0] : undefined;
}
