import { discoverOAuthProtectedResourceMetadata } from '@modelcontextprotocol/client';
import { initialize, modern, send } from './fixtures/http.fixture.js';
import { grantToken, startEdge, type TestEdge } from './fixtures/edge.fixture.js';

let edge: TestEdge;
beforeAll(async () => { edge = await startEdge({ allowedOrigins: ['https://console.example.com'] }); });
afterAll(() => edge.stop());
const call = modern('tools/call', { name: 'echo', arguments: {} });
const as = (token: string | null, path = '/mcp/shop') => send(edge.origin + path, { ...call, token });

test.each<[Record<string, string>, number]>([
  [{ origin: 'https://evil.example.com' }, 403], [{ origin: 'null' }, 403], [{ origin: 'file://' }, 403], [{ origin: 'http://localhost.evil.example.com' }, 403], [{ origin: 'http://127.0.0.1@evil.example.com' }, 403], [{ origin: 'https://console.example.com.evil.example.com' }, 403],
  [{ origin: 'https://console.example.com' }, 200], [{ origin: 'http://localhost:6274' }, 200], [{ origin: 'http://127.0.0.1' }, 200], [{ origin: 'http://[::1]:3000' }, 200],
  [{ host: 'evil.example.com' }, 403], [{ host: 'evil.example.com:7420' }, 403], [{ host: 'localhost.evil.example.com' }, 403], [{ host: 'localhost:9' }, 200], [{ host: '[::1]:9' }, 200],
])('a page of another origin, or a name that points here, is kept out before anything else: %j (H1)', async (headers, status) => {
  const before = edge.handler.admitted;
  expect((await send(edge.url, { ...call, headers: { ...call.headers, ...headers } })).status).toBe(status);
  expect(edge.handler.admitted).toBe(before + (status === 200 ? 1 : 0));
});

test('a page that may call is told so, for every header that clients send', async () => {
  const { status, headers } = await send(edge.url, { method: 'OPTIONS', token: null, headers: { origin: 'https://console.example.com', 'access-control-request-method': 'POST' } });
  expect([status, headers['access-control-allow-origin'], headers['vary']]).toEqual([204, 'https://console.example.com', 'Origin']);
  expect(headers['access-control-allow-headers']).toContain('mcp-session-id');
});

test('without a grant token: 401 that points to the metadata, which an SDK client finds; a bad one says that it is bad (A1, R6)', async () => {
  const { status, headers, json } = await as(null);
  expect([status, json['error']?.['code']]).toEqual([401, -31004]);
  const metadataUrl = `${edge.origin}/.well-known/oauth-protected-resource/mcp/shop`;
  expect(headers['www-authenticate']).toBe(`Bearer resource_metadata="${metadataUrl}"`);
  expect(await discoverOAuthProtectedResourceMetadata(edge.url)).toMatchObject({ resource: edge.url, bearer_methods_supported: ['header'] });
  const bad = await as('dg_zzz');
  expect([bad.status, bad.headers['www-authenticate']]).toEqual([401, `Bearer error="invalid_token", error_description="the grant token is not valid: unknown, expired or revoked", resource_metadata="${metadataUrl}"`]);
  expect((await send(edge.url, { ...call, token: null, headers: { ...call.headers, authorization: 'Basic YTpi' } })).status).toBe(401);
});

test('the resource is the URL that the client has used, or the public one that is configured (A1)', async () => {
  const { json } = await send(`${edge.origin}/.well-known/oauth-protected-resource/mcp/shop`, { method: 'GET', token: null, headers: { host: 'localhost:1234' } });
  expect(json['resource']).toBe('http://localhost:1234/mcp/shop');
  const shown = await startEdge({ publicUrl: 'https://mcp.example.com' });
  try {
    const got = await send(`${shown.origin}/.well-known/oauth-protected-resource`, { method: 'GET', token: null, headers: { host: 'mcp.example.com', origin: 'https://mcp.example.com' } });
    expect([got.status, got.json['resource']]).toEqual([200, 'https://mcp.example.com']);
    expect((await send(shown.url, { ...call, token: null })).headers['www-authenticate']).toContain('"https://mcp.example.com/.well-known/oauth-protected-resource/mcp/shop"');
  } finally {
    await shown.stop();
  }
});

test('no interactive authorization, no consent and no scope is advertised, offline_access least of all (A5, A6, A7)', async () => {
  const { json } = await send(`${edge.origin}/.well-known/oauth-protected-resource/mcp/shop`, { method: 'GET', token: null });
  expect(Object.keys(json).sort()).toEqual(['bearer_methods_supported', 'resource', 'resource_name']);
  for (const token of [null, 'dg_zzz']) expect((await as(token)).headers['www-authenticate']).not.toContain('scope');
  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/register', '/authorize', '/token', '/consent', '/callback']) expect((await send(edge.origin + path, { method: 'GET', token: null })).status).toBe(404);
});

test.each(['api_key', 'access_token', 'token', 'x'])('a token in the query, ?%s=, is refused unread (A2)', async (name) => {
  const before = edge.handler.admitted;
  const { status, text } = await send(`${edge.url}?${name}=${grantToken()}`, { ...call, token: null });
  expect([status, text.includes(grantToken())]).toEqual([400, false]);
  expect(edge.handler.admitted).toBe(before);
});

test('a grant of another server is 403 without a challenge, whether or not the server exists (A4, R6)', async () => {
  for (const path of ['/mcp/bank', '/mcp/nothing']) {
    const { status, headers } = await as(grantToken(), path);
    expect([status, headers['www-authenticate']]).toEqual([403, undefined]);
  }
  expect((await as(grantToken('a', 'bank'), '/mcp/bank')).status).toBe(200);
});

test('what is no token at all is no token: other resources’ tokens, several of them, blanks (A3)', async () => {
  for (const authorization of ['Bearer', 'Bearer a b', `Bearer ${'x'.repeat(600)}`, 'Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiJvdGhlciJ9.', `Token ${grantToken()}`]) {
    expect([authorization.slice(0, 20), (await send(edge.url, { ...call, token: null, headers: { ...call.headers, authorization } })).status]).toEqual([authorization.slice(0, 20), 401]);
  }
});

test('while nobody can say whether a grant is valid, nobody comes in', async () => {
  edge.handler.isReachable = false;
  try {
    const before = edge.handler.asked.length;
    const { status, headers } = await as(grantToken());
    expect([status, headers['retry-after'], edge.handler.asked.length]).toEqual([503, '1', before]);
  } finally {
    edge.handler.isReachable = true;
  }
});

test('sessions are their grant’s: another’s id is as good as none (S3, A9)', async () => {
  const session = (await send(edge.url, initialize())).headers['mcp-session-id'] as string;
  const list = (token: string, id: string) => send(edge.url, { token, headers: { 'mcp-session-id': id }, body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } });
  const [own, others, none] = [await list(grantToken(), session), await list(grantToken('b'), session), await list(grantToken('b'), 'A'.repeat(32))];
  expect([own.status, others.status, none.status]).toEqual([200, 404, 404]);
  expect(others.text).toBe(none.text);
  expect((await send(edge.url, { method: 'DELETE', token: grantToken('b'), headers: { 'mcp-session-id': session } })).status).toBe(404);
  expect((await send(edge.url, { body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } })).status).toBe(400);
});

test('no token is in the log, whatever was refused', async () => {
  await as('dg_zzzsecret');
  await send(`${edge.url}?token=${grantToken()}`, { ...call, token: null });
  expect(edge.log.join('')).not.toMatch(/dg_/);
});
