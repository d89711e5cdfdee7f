import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NO_OAUTH_SETTINGS, type ConnectionSettings, type Issuer } from '#access-token';
import { Secret } from '#platform';
import { SETTINGS } from './fixtures/broker.fixture.js';
import { createIssuers } from './issuers/create-issuers.js';
import { guardedFetch } from './issuers/guarded-fetch.js';

const SECRET = 'canary-redirected-secret';
const issuers = createIssuers({ fetch: guardedFetch({ allowLoopback: true }), wallMs: () => 1_700_000_000_000 });

/** Another origin that a redirect leads to: whatever it hears of is too much. */
let elsewhere: Server;
let heard: string[];
let origin: Server;
let asked: number;
let answer: { status: number; location: string };

const baseOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const listen = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

beforeEach(async () => {
  heard = [];
  asked = 0;
  elsewhere = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      heard.push(`${request.method} ${request.url} ${JSON.stringify(request.rawHeaders)} ${Buffer.concat(chunks).toString()}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ access_token: 'from-elsewhere', token_type: 'Bearer', expires_in: 600, data: { accessToken: 'from-elsewhere' } }));
    });
  });
  origin = createServer((request, response) => {
    asked += 1;
    request.resume().on('end', () => response.writeHead(answer.status, { location: answer.location }).end());
  });
  await Promise.all([listen(elsewhere), listen(origin)]);
});

afterEach(async () => {
  for (const server of [elsewhere, origin]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function settingsOf(issuer: Issuer): ConnectionSettings {
  const tokenUrl = `${baseOf(origin)}/token`;
  return {
    ...SETTINGS, issuer, token_url: tokenUrl, auth_method: issuer === 'partner-secret' ? 'api_secret_header' : 'client_secret_basic',
    ...(issuer !== 'partner-secret' && { oauth: { ...NO_OAUTH_SETTINGS, revocation_url: `${baseOf(origin)}/revoke` } }),
  };
}

const secretOf = (issuer: Issuer): Secret => new Secret(issuer === 'oauth2-refresh-token' ? JSON.stringify({ refresh_token: `${SECRET}-refresh`, client_secret: SECRET }) : SECRET);

describe.each<Issuer>(['partner-secret', 'oauth2-client-credentials', 'oauth2-refresh-token', 'oauth2-token-exchange'])('a token endpoint of %s', (issuer) => {
  test.each([301, 302, 303, 307, 308])('that answers %i leads nobody to another origin, nor elsewhere on its own: the secret is not sent again, and nothing from there is a token', async (status) => {
    for (const location of [`${baseOf(elsewhere)}/token`, '/another']) {
      answer = { status, location };
      const before = asked;
      const result = await issuers[issuer].mint({
        settings: settingsOf(issuer), secret: secretOf(issuer), signal: AbortSignal.timeout(30_000), ...(issuer === 'oauth2-token-exchange' && { subject: new Secret('subject') }),
      });
      expect(result).toMatchObject({ kind: 'failed' });
      expect(asked - before).toBe(1);
    }
    expect(heard).toEqual([]);
  });
});

test('an address for revocation that redirects leads nobody elsewhere either', async () => {
  answer = { status: 307, location: `${baseOf(elsewhere)}/revoke` };
  const issuer = 'oauth2-client-credentials';
  const result = await issuers[issuer].revoke!({ settings: settingsOf(issuer), secret: secretOf(issuer), token: new Secret('canary-token'), signal: AbortSignal.timeout(30_000) });
  expect(result).toMatchObject({ kind: 'failed' });
  expect([asked, heard]).toEqual([1, []]);
});

test('what is heard elsewhere would be noticed: a client that follows carries the secret along', async () => {
  answer = { status: 307, location: `${baseOf(elsewhere)}/token` };
  await fetch(`${baseOf(origin)}/token`, { method: 'POST', headers: { 'api-secret': SECRET }, body: '{}' });
  expect(heard).toHaveLength(1);
  expect(heard[0]).toContain(SECRET);
});

test('a proxy that the environment names hears nothing', async () => {
  const proxies = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
  const before = proxies.map((name) => process.env[name]);
  for (const name of proxies) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : baseOf(elsewhere);
  try {
    answer = { status: 500, location: '' };
    await issuers['partner-secret'].mint({ settings: settingsOf('partner-secret'), secret: secretOf('partner-secret'), signal: AbortSignal.timeout(30_000) });
  } finally {
    proxies.forEach((name, at) => {
      if (before[at] === undefined) delete process.env[name];
      else process.env[name] = before[at];
    });
  }
  expect([asked, heard]).toEqual([1, []]);
});
