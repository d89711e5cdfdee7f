import type { Session } from '../sessions/sessions.js';

/** One request as the routes see it. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: URLSearchParams;
  /** Empty for GET. */
  readonly form: URLSearchParams;
  /** Whoever is signed in. */
  readonly session: Session | undefined;
  /** The token that forms of this page must send back. */
  readonly formToken: string;
  /** What the path's pattern has caught. */
  readonly caught: readonly string[];
}

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Who is signed in from now on, by the session's id; '' ends the session. */
  readonly signIn?: string;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Of the whole path. */
  readonly pattern: RegExp;
  /** For logs and metrics: never what the path's variable parts are. */
  readonly name: string;
  /** Who is not signed in is sent to the page for that, and back. */
  readonly isOpen?: true;
  readonly answer: (exchange: Exchange) => Promise<Reply> | Reply;
}

export function page(status: number, body: string): Reply {
  return { status, contentType: 'text/html; charset=utf-8', body };
}

/** To a page of this console, by GET. */
export function redirect(location: string, more: Pick<Reply, 'signIn'> = {}): Reply {
  return { status: 303, contentType: 'text/plain; charset=utf-8', body: `see ${location}\n`, headers: { location }, ...more };
}

const PLACES = /^\/(?:approvals(?:\/apr_[0-9a-f]{32}_[0-9a-f]{24})?)?$/;

/** Where a person wanted to go before he signed in: a page of this console, or the first one. */
export function placeOf(text: string | null): string {
  return text !== null && PLACES.test(text) ? text : '/';
}
