import { NO_OAUTH_SETTINGS, type AuthMethod, type ConnectionSettings, type Issuer } from './model.js';

export interface SettingsProblem {
  /** Path within the settings. */
  readonly field: string;
  readonly description: string;
}

const METHODS: Record<Issuer, readonly AuthMethod[]> = {
  'partner-secret': ['api_secret_header'],
  'oauth2-client-credentials': ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  'oauth2-refresh-token': ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  'oauth2-token-exchange': ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
};

/** What does not go together in settings whose fields are each well-formed: what an issuer cannot do, or would never look at. */
export function settingsProblems(settings: ConnectionSettings): SettingsProblem[] {
  const { issuer, auth_method, scopes, audience, oauth } = settings;
  const problems: SettingsProblem[] = [];
  const refuse = (field: string, description: string): void => void problems.push({ field, description });
  if (!METHODS[issuer].includes(auth_method)) refuse('auth_method', `expected ${METHODS[issuer].join(' or ')} for issuer ${issuer}`);
  if (issuer === 'partner-secret') {
    if (scopes.length > 0) refuse('scopes', 'expected none: issuer partner-secret knows no scopes');
    if (audience !== '') refuse('audience', 'expected none: issuer partner-secret knows no audience');
    if (oauth !== undefined) refuse('oauth', 'expected none: issuer partner-secret is not OAuth');
    return problems;
  }
  const { step_up_scopes, issuer_url } = oauth ?? NO_OAUTH_SETTINGS;
  if (step_up_scopes.some((scope) => scopes.includes(scope))) refuse('oauth.step_up_scopes', 'expected none of `scopes`: those are asked for anyway');
  if (issuer_url !== '' && auth_method !== 'private_key_jwt') refuse('oauth.issuer_url', 'expected none: only private_key_jwt names the issuer');
  return problems;
}
