import { BrokerTokens, consent, discover, session, settingsFor } from './broker-client.fixture.js';
import { runScenario, type Played, type Verdict } from './suite.fixture.js';

/**
 * The official MCP conformance suite, client side: a client that gets all its tokens from the broker's issuers, through its
 * minter and cache, and sends its requests with the gateway's fetch. What only a person can do, to consent in a browser, is
 * done beforehand as an operator would.
 */
async function passes(scenario: string, client: (played: Played) => Promise<BrokerTokens>): Promise<{ readonly verdict: Verdict; readonly mints: number }> {
  let tokens: BrokerTokens | undefined;
  const verdict = await runScenario(scenario, async (played) => {
    expect(played.scenario).toBe(scenario);
    tokens = await client(played);
  });
  expect(verdict).toMatchObject({ exitCode: 0, output: expect.stringContaining('OVERALL: PASSED') as string });
  return { verdict, mints: tokens?.mints ?? 0 };
}

test('auth/client-credentials-basic passes through the broker', async () => {
  const { mints } = await passes('auth/client-credentials-basic', async ({ serverUrl, context }) => {
    const found = await discover(serverUrl);
    const tokens = await BrokerTokens.of(settingsFor(found, 'oauth2-client-credentials', 'client_secret_basic', context['client_id']!), context['client_secret']!);
    await session(serverUrl, tokens);
    return tokens;
  });
  expect(mints).toBe(1);
}, 300_000);

test('auth/client-credentials-jwt passes through the broker', async () => {
  const { mints } = await passes('auth/client-credentials-jwt', async ({ serverUrl, context }) => {
    const found = await discover(serverUrl);
    const tokens = await BrokerTokens.of(settingsFor(found, 'oauth2-client-credentials', 'private_key_jwt', context['client_id']!), context['private_key_pem']!);
    await session(serverUrl, tokens);
    return tokens;
  });
  expect(mints).toBe(1);
}, 300_000);

test('auth/scope-retry-limit passes through the broker: a step-up that never helps is tried once', async () => {
  const { mints } = await passes('auth/scope-retry-limit', async ({ serverUrl }) => {
    const found = await discover(serverUrl);
    const { clientId, refreshToken } = await consent(found);
    const tokens = await BrokerTokens.of(settingsFor(found, 'oauth2-refresh-token', 'none', clientId, found.scopes), refreshToken);
    await expect(session(serverUrl, tokens, found.scopes)).rejects.toThrow();
    return tokens;
  });
  // The connection's own token, and the one that was stepped up to.
  expect(mints).toBe(2);
}, 300_000);

test.each(['basic', 'post', 'none'] as const)('auth/token-endpoint-auth-%s passes through the broker', async (name) => {
  const { mints } = await passes(`auth/token-endpoint-auth-${name}`, async ({ serverUrl }) => {
    const found = await discover(serverUrl);
    const method = name === 'none' ? 'none' : (`client_secret_${name}` as const);
    expect(found.method).toBe(method);
    const { clientId, clientSecret, refreshToken } = await consent(found);
    const secret = name === 'none' ? refreshToken : JSON.stringify({ refresh_token: refreshToken, client_secret: clientSecret });
    const tokens = await BrokerTokens.of(settingsFor(found, 'oauth2-refresh-token', method, clientId), secret);
    await session(serverUrl, tokens);
    return tokens;
  });
  expect(mints).toBe(1);
}, 300_000);
