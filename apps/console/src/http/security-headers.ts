/**
 * What every answer carries. Nothing but the console's own stylesheet and script runs or is loaded, no other page frames it, and nothing is
 * kept in caches. `same-origin`: with `no-referrer` browsers send forms with `Origin: null`, which no one could check.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
};

/** Where people reach the console by TLS, browsers shall not try without it. */
export const TLS_ONLY = { 'strict-transport-security': 'max-age=31536000' } as const;
