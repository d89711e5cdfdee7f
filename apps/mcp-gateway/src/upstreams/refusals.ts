import { retryAfterMs } from '#access-token';
import type { Posted } from './http-door.js';
import { UpstreamTrouble } from './upstream-trouble.js';

/** What a status means for whoever made the call. Its text, and where a redirect leads, are not told. */
export function refusal({ status, headers }: Extract<Posted, { kind: 'refused' }>, nowMs = Date.now()): UpstreamTrouble {
  const wait = retryAfterMs(headers.get('retry-after') ?? undefined, nowMs) ?? undefined;
  // Some have done it and say where the result is (303).
  if (status < 400) return new UpstreamTrouble('unknown', 'UPSTREAM_REDIRECTS', 'the server sends requests elsewhere, which is not followed: its address needs to be corrected');
  if (status === 401 || status === 403 || status === 407) return new UpstreamTrouble('not_sent', 'UPSTREAM_REFUSES_US', 'the server does not accept the credential that this gateway has for it');
  if (status === 429) return new UpstreamTrouble('not_sent', 'UPSTREAM_BUSY', 'the server has had too many requests', wait);
  if (status >= 500) return new UpstreamTrouble('unknown', 'UPSTREAM_FAILED', `the server failed (HTTP ${status})`, wait);
  return new UpstreamTrouble('not_sent', 'UPSTREAM_MALFORMED', `the server refused the request (HTTP ${status})`);
}
