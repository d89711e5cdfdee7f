import fc from 'fast-check';
import { backOffMs } from './back-off.js';
import { classify, type MintTrouble } from './failure.js';
import { httpStatusOfGrpc, mayRetry, remedyFor } from './upstream-refusal.js';

test('back-off is anywhere below a bound that doubles from 1 s to 60 s, and not below Retry-After, believed up to 1 h', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(fc.integer({ min: 1, max: 1_000 }), random, fc.option(fc.integer({ min: -5, max: 1e9 })), (failures, at, retryAfterMs) => {
    const bound = Math.min(60_000, 1_000 * 2 ** (failures - 1));
    const floor = Math.min(Math.max(retryAfterMs ?? 0, 0), 3_600_000);
    const delayMs = backOffMs(failures, at, retryAfterMs);
    expect(delayMs).toBeGreaterThanOrEqual(Math.max(100, floor));
    expect(delayMs).toBeLessThanOrEqual(Math.max(bound, floor));
  }));
  expect([0.1, 0.5, 0.9].map((at) => backOffMs(7, at, null))).toEqual([6_000, 30_000, 54_000]);
});

const http = (status: number, oauthError?: string): MintTrouble => ({ kind: 'http', status, oauthError });

test.each<[string, MintTrouble, string]>([
  ['a time-out', { kind: 'network', code: 'timeout' }, 'transient timeout'],
  ['a reset', { kind: 'network', code: 'connection_failed' }, 'transient connection_failed'],
  ['500', http(500), 'transient http_500'],
  ['503 that blames the client', http(503, 'invalid_client'), 'transient http_503'],
  ['429', http(429), 'transient rate_limited'],
  ['408', http(408), 'transient http_408'],
  ['400 without an OAuth error', http(400), 'transient http_400'],
  ['401 without an OAuth error', http(401), 'transient http_401'],
  ['403 without an OAuth error', http(403), 'transient http_403'],
  ['a redirect', http(302), 'transient http_302'],
  ['an OAuth error that may pass', http(400, 'temporarily_unavailable'), 'transient http_400'],
  ['HTML with 200', { kind: 'no_token', status: 200 }, 'transient no_token'],
  ['a token that is over', { kind: 'expired', status: 200 }, 'transient expired_token'],
  ['invalid_client', http(401, 'invalid_client'), 'permanent invalid_client'],
  ['invalid_grant', http(400, 'invalid_grant'), 'permanent invalid_grant'],
  ['unauthorized_client', http(400, 'unauthorized_client'), 'permanent unauthorized_client'],
  ['a certificate that does not verify', { kind: 'tls' }, 'permanent tls_verification_failed'],
  ['an address that is not allowed', { kind: 'forbidden_address' }, 'permanent forbidden_address'],
])('%s is %s', (_, trouble, expected) => {
  const failure = classify(trouble);
  expect(`${failure.class} ${failure.code}`).toBe(expected);
});

test('a 401 asks for a refresh, with or without WWW-Authenticate', () => {
  for (const wwwAuthenticate of [undefined, '', 'Bearer', 'Bearer realm="x", error="invalid_token"', 'nonsense']) {
    expect(remedyFor({ status: 401, wwwAuthenticate }, [])).toEqual({ kind: 'refresh' });
  }
});

test("gRPC's UNAUTHENTICATED is a 401, PERMISSION_DENIED is none", () => {
  expect(remedyFor({ status: httpStatusOfGrpc(16) }, [])).toEqual({ kind: 'refresh' });
  for (const code of [0, 7, 13, 14]) expect(remedyFor({ status: httpStatusOfGrpc(code) }, [])).toEqual({ kind: 'pass' });
});

test('a 403 asks for nothing, unless it names scopes that the connection may ask for', () => {
  const scoped = (scope: string) => ({ status: 403, wwwAuthenticate: `Bearer error="insufficient_scope", scope="${scope}"` });
  expect(remedyFor({ status: 403 }, ['read'])).toEqual({ kind: 'pass' });
  expect(remedyFor({ status: 403, wwwAuthenticate: 'Bearer error="invalid_token"' }, ['read'])).toEqual({ kind: 'pass' });
  expect(remedyFor(scoped('read write'), ['read', 'write', 'all'])).toEqual({ kind: 'step_up', scopes: ['read', 'write'] });
  expect(remedyFor(scoped('read admin'), ['read'])).toEqual({ kind: 'pass' });
  expect(remedyFor({ status: 403, wwwAuthenticate: 'Bearer error=insufficient_scope' }, ['read'])).toEqual({ kind: 'pass' });
  for (const error of ['', 'error="invalid_token", ', 'error="access_denied", ', 'error_description="insufficient_scope", ']) {
    expect(remedyFor({ status: 403, wwwAuthenticate: `Bearer ${error}scope="read"` }, ['read'])).toEqual({ kind: 'pass' });
  }
});

test('a DPoP nonce is used with the same token', () => {
  expect(remedyFor({ status: 401, wwwAuthenticate: 'DPoP error="use_dpop_nonce", error_description="a \\"nonce\\""' }, [])).toEqual({ kind: 'use_nonce' });
});

test('a call is repeated once, if it can be sent again and somebody still waits', () => {
  expect(mayRetry({ retries: 0, isReplayable: true, remainingMs: 1 })).toBe(true);
  expect(mayRetry({ retries: 1, isReplayable: true, remainingMs: 1_000 })).toBe(false);
  expect(mayRetry({ retries: 0, isReplayable: false, remainingMs: 1_000 })).toBe(false);
  expect(mayRetry({ retries: 0, isReplayable: true, remainingMs: 0 })).toBe(false);
});
