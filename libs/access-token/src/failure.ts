import type { FailureClass } from './model.js';

/** What came of a mint that brought no token. */
export type MintTrouble =
  /** No answer: refused, reset, timed out, not resolved. */
  | { readonly kind: 'network'; readonly code: 'timeout' | 'connection_failed' }
  /** The issuer's certificate could not be verified. */
  | { readonly kind: 'tls' }
  /** An answer; `oauthError` is its `error` code, if it is JSON and has one. */
  | { readonly kind: 'http'; readonly status: number; readonly oauthError?: string | undefined }
  /** A 2xx answer without a token in it: HTML, say. */
  | { readonly kind: 'no_token'; readonly status: number }
  /** A token that is over already. */
  | { readonly kind: 'expired'; readonly status: number }
  /** The request may not be sent: its address is not allowed. */
  | { readonly kind: 'forbidden_address' };

export interface MintFailure {
  readonly class: FailureClass;
  readonly code: string;
  readonly status: number;
}

/** Trying again cannot help before somebody changes something (RFC 6749 section 5.2). */
const PERMANENT_OAUTH = new Set(['invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope', 'invalid_target']);

/** Whether trying again may help. A 4xx without an OAuth `error` code may be a gateway in between: transient. */
export function classify(trouble: MintTrouble): MintFailure {
  switch (trouble.kind) {
    case 'network': return { class: 'transient', code: trouble.code, status: 0 };
    case 'tls': return { class: 'permanent', code: 'tls_verification_failed', status: 0 };
    case 'forbidden_address': return { class: 'permanent', code: 'forbidden_address', status: 0 };
    case 'no_token': return { class: 'transient', code: 'no_token', status: trouble.status };
    case 'expired': return { class: 'transient', code: 'expired_token', status: trouble.status };
    case 'http': {
      const { status, oauthError } = trouble;
      if (status === 429) return { class: 'transient', code: 'rate_limited', status };
      // An issuer that is ill may say anything; what a 5xx says of the client does not count.
      if (status < 500 && status !== 408 && oauthError !== undefined && PERMANENT_OAUTH.has(oauthError)) return { class: 'permanent', code: oauthError, status };
      return { class: 'transient', code: `http_${status}`, status };
    }
  }
}
