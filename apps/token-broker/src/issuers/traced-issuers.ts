import type { Issuer } from '#access-token';
import type { Tracing } from '#platform';
import type { TokenIssuer } from './issuer.js';

/**
 * The same issuers, each mint a span of the call that it is made for; a refresh that nobody waits for is a trace of its own. A span says
 * which kind of issuer and how it ended: no address, secret or token, and nothing that the issuer said.
 */
export function tracedIssuers(issuers: Record<Issuer, TokenIssuer>, tracing: Tracing): Record<Issuer, TokenIssuer> {
  const traced = (kind: string, issuer: TokenIssuer): TokenIssuer => ({
    ...(issuer.revoke && { revoke: (request) => issuer.revoke!(request) }),
    mint: async (request) => {
      const span = tracing.open('mint', 'client', tracing.current, { 'docket.issuer': kind });
      const result = await issuer.mint(request);
      if (result.kind === 'minted') span.end();
      else span.end({ 'docket.failure.class': result.failure.class, 'http.response.status_code': result.failure.status }, result.failure.code);
      return result;
    },
  });
  return Object.fromEntries(Object.entries(issuers).map(([kind, issuer]) => [kind, traced(kind, issuer)])) as Record<Issuer, TokenIssuer>;
}
