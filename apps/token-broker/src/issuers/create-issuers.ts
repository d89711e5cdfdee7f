import type { Issuer } from '#access-token';
import type { IssuerFetch } from './guarded-fetch.js';
import type { TokenIssuer } from './issuer.js';
import { OAuthIssuer } from './oauth/oauth.issuer.js';
import { PartnerSecretIssuer } from './partner-secret.issuer.js';

/** An adapter for every kind of issuer that a connection may name. */
export function createIssuers(options: { readonly fetch: IssuerFetch; readonly wallMs: () => number }): Record<Issuer, TokenIssuer> {
  const oauth = new OAuthIssuer(options);
  return { 'partner-secret': new PartnerSecretIssuer(options), 'oauth2-client-credentials': oauth, 'oauth2-refresh-token': oauth, 'oauth2-token-exchange': oauth };
}
