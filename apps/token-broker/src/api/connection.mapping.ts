import { createHash } from 'node:crypto';
import { bindingMaterial, NO_OAUTH_SETTINGS, servable, type AuthMethod, type ConnectionRecord, type ConnectionSettings, type Issuer } from '#access-token';
import { durationOf, msOf, timestampOf, type token } from '#contracts';
import { invalid } from './token.mapping.js';

const ISSUER_NAMES = {
  PARTNER_SECRET: 'partner-secret', OAUTH2_CLIENT_CREDENTIALS: 'oauth2-client-credentials', OAUTH2_REFRESH_TOKEN: 'oauth2-refresh-token', OAUTH2_TOKEN_EXCHANGE: 'oauth2-token-exchange',
} as const satisfies Record<string, Issuer>;
const METHOD_NAMES = {
  API_SECRET_HEADER: 'api_secret_header', CLIENT_SECRET_BASIC: 'client_secret_basic', CLIENT_SECRET_POST: 'client_secret_post', PRIVATE_KEY_JWT: 'private_key_jwt', NO_CLIENT_AUTHENTICATION: 'none',
} as const satisfies Record<string, AuthMethod>;
const DELIVERY_NAMES = { INJECT: 'inject', WRAP: 'wrap', REVEAL: 'reveal' } as const;

const DEFAULT_LIFETIME_MS = 300_000;
const DEFAULT_MINTS_PER_MINUTE = 60;

/** A request's settings with their defaults. Throws on what no settings can be; the state machine judges the rest. */
export function settingsOf(given: token.ConnectionSettings__Output | null): ConnectionSettings {
  if (given === null) throw invalid('settings', 'expected the settings of the connection');
  const issuer = named(ISSUER_NAMES, given.issuer, 'settings.issuer');
  return {
    environment: given.environment || 'default',
    server_ids: given.serverIds,
    issuer,
    token_url: given.tokenUrl,
    client_id: given.clientId,
    auth_method: given.authMethod === 'AUTH_METHOD_UNSPECIFIED' ? (issuer === 'partner-secret' ? 'api_secret_header' : 'client_secret_basic') : named(METHOD_NAMES, given.authMethod, 'settings.auth_method'),
    scopes: given.scopes,
    audience: given.audience,
    default_lifetime_ms: given.defaultLifetime === null ? DEFAULT_LIFETIME_MS : Math.round(msOf(given.defaultLifetime)),
    delivery: given.delivery === 'DELIVERY_UNSPECIFIED' ? 'inject' : named(DELIVERY_NAMES, given.delivery, 'settings.delivery'),
    static_stability: given.staticStability,
    mints_per_minute_max: given.mintsPerMinuteMax || DEFAULT_MINTS_PER_MINUTE,
    ...(given.oauth !== null && {
      oauth: {
        issuer_url: given.oauth.issuerUrl, revocation_url: given.oauth.revocationUrl, resource: given.oauth.resource, step_up_scopes: given.oauth.stepUpScopes, dpop: given.oauth.dpop,
      },
    }),
  };
}

/** What tokens of this version of the connection are bound to: a hash of everything that makes them good for it alone. */
export function bindingOf(tenant: string, connectionId: string, settings: ConnectionSettings, secretVersion: number): string {
  const { environment, issuer, token_url: tokenUrl, client_id: clientId, auth_method: authMethod, scopes, audience, oauth = NO_OAUTH_SETTINGS } = settings;
  return createHash('sha256').update(bindingMaterial({
    tenant, environment, connectionId, issuer, tokenUrl, clientId, secretVersion, authMethod, scopes, audience, resource: oauth.resource, dpop: oauth.dpop,
  })).digest('hex');
}

/** A connection as its administrators see it: everything but the secret. Moments are in event time. */
export function connectionOf(record: ConnectionRecord, nowMs: number, ownerAddress: string): token.Connection {
  const { settings, last_failure: failure } = record;
  const own = record.slots.get('');
  const { oauth } = settings;
  return {
    connectionId: record.connection_id,
    settings: {
      environment: settings.environment, serverIds: [...settings.server_ids], issuer: nameOf(ISSUER_NAMES, settings.issuer), tokenUrl: settings.token_url, clientId: settings.client_id,
      authMethod: nameOf(METHOD_NAMES, settings.auth_method), scopes: [...settings.scopes], audience: settings.audience, defaultLifetime: durationOf(settings.default_lifetime_ms),
      delivery: nameOf(DELIVERY_NAMES, settings.delivery), staticStability: settings.static_stability, mintsPerMinuteMax: settings.mints_per_minute_max,
      ...(oauth && { oauth: { issuerUrl: oauth.issuer_url, revocationUrl: oauth.revocation_url, resource: oauth.resource, stepUpScopes: [...oauth.step_up_scopes], dpop: oauth.dpop } }),
    },
    state: record.status === 'active' ? 'ACTIVE' : record.status === 'suspended' ? 'SUSPENDED' : 'REMOVED',
    secretVersion: record.secret_version,
    registeredBy: record.registered_by,
    registeredAt: timestampOf(record.registered_at_ms),
    breaker: failure === null ? 'CLOSED' : failure.class === 'permanent' ? 'OPEN' : nowMs < failure.retry_at_ms ? 'BACKING_OFF' : 'CLOSED',
    ...(failure && { lastFailure: { class: failure.class, code: failure.code, status: failure.status, at: timestampOf(failure.at_ms), retryAt: timestampOf(failure.retry_at_ms) } }),
    failingDays: record.failing_days,
    ...(own?.token && {
      token: {
        generation: own.token.generation, mintedAt: timestampOf(own.token.minted_at_ms), expiresAt: timestampOf(own.token.expires_at_ms), endedBy: own.token.ended_by ?? '',
      },
    }),
    ownerAddress,
    subjects: [...record.slots].filter(([slot, held]) => slot !== '' && servable(held, nowMs)).length,
  };
}

function named<T extends Record<string, string>>(names: T, given: string, field: string): T[keyof T] {
  const found = Object.hasOwn(names, given) ? names[given] : undefined;
  if (found === undefined) throw invalid(field, `expected one of ${Object.keys(names).join(', ')}`);
  return found as T[keyof T];
}

function nameOf<T extends Record<string, string>>(names: T, value: string): keyof T {
  return Object.keys(names).find((name) => names[name] === value)!;
}
